"""Comments that switch off rules on their line: ``# azml: ignore[rule-id, other-id]``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

_COMMENT = re.compile(r"#\s*(?:azml|azureml-validate):\s*ignore\[([^\]\n]*)\]")
_BLOCK_HEADER = re.compile(r"[|>][-+\d]*\s+#")


@dataclass(frozen=True)
class Ignore:
    """One rule switched off from ``line`` to ``last_line``; ``column`` is where the comment names it."""

    rule: str
    line: int
    column: int
    last_line: int


def find_ignores(text: str) -> Iterator[Ignore]:
    """Yield what the comments of a text switch off; one after ``>-`` or ``|`` covers the whole block."""
    lines = text.splitlines() if "ignore" in text else []
    for number, line in enumerate(lines, start=1):
        for comment in _COMMENT.finditer(line):
            for name in re.finditer(r"[^\s,]+", comment[1]):
                column = comment.start(1) + name.start() + 1
                yield Ignore(name[0], number, column, _last_line(lines, number))


def _last_line(lines: list[str], number: int) -> int:
    header = lines[number - 1]
    if not _BLOCK_HEADER.search(header):
        return number
    block = takewhile(lambda line: not line.strip() or _indent(line) > _indent(header), lines[number:])
    return number + len(list(block))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
