"""Comments that switch off rules on their line: ``# azml: ignore[rule-id, other-id]``.

A comment with a line to itself is about the next line that is not a comment. One behind ``>-`` or ``|``, or
above such a line, is about the whole block.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

_MARK = r"#\s*(?:azml|azureml-validate):\s*ignore"
_COMMENT = re.compile(rf"{_MARK}\[([^\]\n]*)\]")
_NAME = re.compile(r"[^\s,]+")
_BROAD = re.compile(rf"{_MARK}(?![\w\[-])")
_BLOCK_HEADER = re.compile(r"[|>][-+\d]*\s*(#.*)?$")


@dataclass(frozen=True)
class Ignore:
    """One rule switched off from ``first_line`` to ``last_line``; its id stands at ``line:column``.

    ``removal`` is what to delete so that the rule is on again, as line, column, end line and end column; None
    where the comment says more.
    """

    rule: str
    line: int
    column: int
    first_line: int
    last_line: int
    removal: tuple[int, int, int, int] | None


def find_ignores(text: str) -> Iterator[Ignore]:
    """Yield what the comments of a text switch off."""
    lines = text.split("\n") if _COMMENT.search(text) else []
    for number, line in enumerate(lines, start=1):
        for comment in _COMMENT.finditer(line):
            first = _first_line(lines, number)
            names = list(_NAME.finditer(line, *comment.span(1)))
            for index, name in enumerate(names):
                removal = _removal(lines, number, comment, names, index)
                yield Ignore(name[0], number, name.start() + 1, first, _last_line(lines, first), removal)


def _removal(
    lines: list[str], number: int, comment: re.Match, names: list[re.Match], index: int
) -> tuple[int, int, int, int] | None:
    line = lines[number - 1]
    if index + 1 < len(names):
        return number, names[index].start() + 1, number, names[index + 1].start() + 1
    if index:
        return number, names[index - 1].end() + 1, number, names[index].end() + 1
    if line[comment.end() :].strip():
        return None
    before = line[: comment.start()].rstrip()
    if not before and number < len(lines):
        return number, 1, number + 1, 1
    return number, len(before) + 1, number, comment.end() + 1


def find_broad_ignores(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield (line, column, end column) of the comments that name no rule."""
    for match in _BROAD.finditer(text):
        column = match.start() - text.rfind("\n", 0, match.start())
        yield text.count("\n", 0, match.start()) + 1, column, column + len(match[0])


def _first_line(lines: list[str], number: int) -> int:
    """Return the line that the comment of a line is about."""
    if not _is_comment(lines[number - 1]):
        return number
    below = takewhile(lambda line: _is_comment(line) or not line.strip(), lines[number:])
    return min(number + len(list(below)) + 1, len(lines))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _last_line(lines: list[str], number: int) -> int:
    header = lines[number - 1]
    if not _BLOCK_HEADER.search(header):
        return number
    block = takewhile(lambda line: not line.strip() or _indent(line) > _indent(header), lines[number:])
    return number + len(list(block))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
