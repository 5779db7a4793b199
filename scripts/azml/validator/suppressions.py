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
_BROAD = re.compile(rf"{_MARK}(?![\w\[-])")
_BLOCK_HEADER = re.compile(r"[|>][-+\d]*\s*(#.*)?$")


@dataclass(frozen=True)
class Ignore:
    """One rule switched off from ``first_line`` to ``last_line``; ``line`` and ``column`` name it there."""

    rule: str
    line: int
    column: int
    first_line: int
    last_line: int


def find_ignores(text: str) -> Iterator[Ignore]:
    """Yield what the comments of a text switch off."""
    lines = text.splitlines() if _COMMENT.search(text) else []
    for number, line in enumerate(lines, start=1):
        for comment in _COMMENT.finditer(line):
            first = _first_line(lines, number)
            for name in re.finditer(r"[^\s,]+", comment[1]):
                column = comment.start(1) + name.start() + 1
                yield Ignore(name[0], number, column, first, _last_line(lines, first))


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
