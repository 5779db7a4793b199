"""A finding as text: its place, its words, the line it stands in and a caret below the very token."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from .finding import ERROR, Finding

_RED, _YELLOW, _BOLD, _DIM, _RESET = "\033[31m", "\033[33m", "\033[1m", "\033[2m", "\033[0m"
_WIDTH = 120
_MOST_BYTES = 8 * 1024 * 1024


def show_path(path: str) -> str:
    """Return a path as seen from the current folder, unless the absolute one is shorter."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):
        return path
    return min(relative, path, key=len)


def _painter(colour: bool) -> Callable[[str, str], str]:
    return (lambda text, code: f"{code}{text}{_RESET}") if colour else (lambda text, code: text)


def finding_text(finding: Finding, colour: bool = False) -> str:
    """Return a finding as people read it, in several lines without the last line break."""
    paint = _painter(colour)
    place = paint(f"{show_path(finding.path)}:{finding.line}:{finding.column}", _BOLD)
    code = _RED if finding.severity == ERROR else _YELLOW
    rule = paint(f"[{finding.rule}]", _DIM)
    lines = [f"{place}: {paint(finding.severity, code)}: {finding.message} {rule}"]
    if excerpt := _excerpt(finding):
        lines += [f"    {excerpt[0]}", f"    {paint(excerpt[1], code)}"]
    lines += [
        f"    {show_path(each.path)}:{each.line}:{each.column}: {each.message}" for each in finding.related
    ]
    return "\n".join(lines)


def _excerpt(finding: Finding) -> tuple[str, str] | None:
    """Return the finding's line, cut to fit, and the marks that go below it."""
    lines = _lines(finding.path)
    if finding.line > len(lines) or not lines[finding.line - 1].strip():
        return None
    line = lines[finding.line - 1].rstrip()
    indent = len(line) - len(line.lstrip())
    start = indent if finding.column <= _WIDTH else finding.column - _WIDTH // 2
    shown = "".join(each if each.isprintable() else " " for each in line[start : start + _WIDTH])
    before = max(finding.column - 1 - start, 0)
    length = max(min(finding.end_column - finding.column, len(shown) - before), 1)
    return shown, " " * before + "^" * length


@lru_cache(maxsize=64)
def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_bytes()[:_MOST_BYTES].decode("utf-8-sig", errors="replace").split("\n")
    except OSError:
        return []
