"""A finding as text: its place, its words, the line it stands in and a caret below the very token.

Everything that leaves for a terminal or the log of a build passes ``printable``.
"""

import errno
import json
import os
import re
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path

from .finding import ERROR, Finding, Related
from .paths import repository_root

_RED, _YELLOW, _BOLD, _DIM, _RESET = "\033[31m", "\033[33m", "\033[1m", "\033[2m", "\033[0m"
_WIDTH = 120
_MOST_OF_A_BUG = 300
# What GitHub (actions/runner, ActionCommand.cs) and Azure DevOps (azure-pipelines-agent, Command.cs) read as
# a command: "::" at the beginning of a line, after white space, and the others anywhere.
_COMMAND = re.compile(r"^(\s*:)(?=:)|(#)(?=#(?:vso)?\[)", re.IGNORECASE)


def printable(text: str) -> str:
    """Return a text as one line that no terminal and no build system reads as a command.

    Control characters, line breaks and what does not show are written as escapes; a space parts the marks
    of a command.
    """
    visible = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
    return _COMMAND.sub(lambda mark: f"{mark[0]} ", visible)


def bug_text(error: Exception) -> str:
    """Return one line on an unexpected exception, with the innermost place it came from."""
    if isinstance(error, OSError) and error.filename is None and error.errno in (errno.ENOSPC, errno.EIO):
        return f"the output could not be written: {error.strerror}"
    *_, innermost = traceback.extract_tb(error.__traceback__)
    place = f"{Path(innermost.filename).name}:{innermost.lineno}"
    text = printable(f"{type(error).__name__}: {error}")[:_MOST_OF_A_BUG]
    return f"internal error, please report it: {text} ({place})"


def json_text(value: object) -> str:
    """Return a value as JSON that may stand in a log: Azure DevOps looks for its commands in any line."""
    return re.sub("#(?=#)", r"\\u0023", json.dumps(value, indent=2))


def show_path(path: str) -> str:
    """Return a path as seen from the current folder, unless the absolute one is shorter."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):
        return path
    return min(relative, path, key=len)


def in_repository(path: str) -> str:
    """Return a path from its repository's root, or as people see it outside of one; with slashes."""
    root = _repository(os.path.dirname(os.path.abspath(path)))  # noqa: PTH120
    return Path(os.path.relpath(path, root) if root else show_path(path)).as_posix()


@cache
def _repository(folder: str) -> Path | None:
    root = repository_root(Path(folder))
    return root if (root / ".git").exists() else None


def count(number: int, noun: str, nouns: str = "") -> str:
    """Return a number with its noun, in the plural unless it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {nouns or f'{noun}s'}"


def _painter(colour: bool) -> Callable[[str, str], str]:
    return (lambda text, code: f"{code}{text}{_RESET}") if colour else (lambda text, code: text)


def finding_text(finding: Finding, colour: bool = False, help_address: str = "") -> str:
    """Return a finding as people read it, in several lines without the last line break.

    ``help_address`` makes the rule's id a link (OSC 8), for a terminal.
    """
    paint = _painter(colour)
    place = paint(_place(finding), _BOLD)
    code = _RED if finding.severity == ERROR else _YELLOW
    rule = _link(paint(f"[{finding.rule}]", _DIM), help_address)
    lines = [f"{place}: {paint(finding.severity, code)}: {printable(finding.message)} {rule}"]
    if excerpt := _excerpt(finding):
        lines += [f"    {excerpt[0]}", f"    {paint(excerpt[1], code)}"]
    lines += [f"    {_place(each)}: {printable(each.message)}" for each in finding.related]
    return "\n".join(lines)


def _link(text: str, address: str) -> str:
    return f"\033]8;;{address}\033\\{text}\033]8;;\033\\" if address else text


def _place(where: Finding | Related) -> str:
    return f"{printable(show_path(where.path))}:{where.line}:{where.column}"


def _excerpt(finding: Finding) -> tuple[str, str] | None:
    """Return the finding's line, cut to fit, and the marks that go below it."""
    line = finding.source.rstrip()
    if not line.strip():
        return None
    indent = len(line) - len(line.lstrip())
    start = indent if finding.column <= _WIDTH else finding.column - _WIDTH // 2
    shown = "".join(each if each.isprintable() else " " for each in line[start : start + _WIDTH])
    before = max(finding.column - 1 - start, 0)
    length = max(min(finding.end_column - finding.column, len(shown) - before), 1)
    return printable(shown), " " * before + "^" * length
