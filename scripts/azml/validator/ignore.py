"""Comments that switch rules off where they stand: ``# azureml-validate: ignore[rule-id, other-id]``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

COMMENT = re.compile(r"#\s*azureml-validate:\s*ignore\[([^\]\n]*)\]")
_BLOCK_HEADER = re.compile(r"[|>][-+\d]*\s+#")


@dataclass(frozen=True)
class Ignore:
    """One rule switched off from ``line`` to ``last_line``; ``column`` is where the comment names it."""

    rule: str
    line: int
    column: int
    last_line: int


def find_ignores(text: str) -> Iterator[Ignore]:
    """Yield what the comments of a text switch off; one behind ``>-`` or ``|`` covers the whole block."""
    if "azureml-validate" not in text:
        return
    lines = text.splitlines()
    for index, line in enumerate(lines):
        for comment in COMMENT.finditer(line):
            for name in re.finditer(r"[^\s,]+", comment[1]):
                column = comment.start(1) + name.start() + 1
                yield Ignore(name[0], index + 1, column, _last_line(lines, index))


def _last_line(lines: list[str], index: int) -> int:
    last = index + 1
    if _BLOCK_HEADER.search(lines[index]):
        indent = _indent(lines[index])
        while last < len(lines) and (not lines[last].strip() or _indent(lines[last]) > indent):
            last += 1
    return last


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
