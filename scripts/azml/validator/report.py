"""Findings as text for people, as JSON for programs and as annotations for GitHub."""

import json
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from azml.spec.finding import ERROR, Finding

from .check import Result

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


def as_text(result: Result, colour: bool = False) -> str:
    """Return each finding with its line and a caret, and a closing count."""
    paint = _painter(colour)
    blocks = [_block(finding, paint) for finding in result.findings]
    return "\n".join([*blocks, _summary(result)])


def _painter(colour: bool) -> Callable[[str, str], str]:
    return (lambda text, code: f"{code}{text}{_RESET}") if colour else (lambda text, code: text)


def _block(finding: Finding, paint: Callable[[str, str], str]) -> str:
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


def _summary(result: Result) -> str:
    specs = _count(result.specs, "spec")
    if not result.findings:
        return f"{specs}, no findings"
    errors = sum(each.severity == ERROR for each in result.findings)
    warnings = len(result.findings) - errors
    return f"{specs}: {_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_json(result: Result) -> str:
    """Return a list of objects with path, line, column, severity, rule and message."""
    keys = ("path", "line", "column", "severity", "rule", "message")
    rows = [{key: getattr(each, key) for key in keys} for each in result.findings]
    return json.dumps([row | {"path": show_path(row["path"])} for row in rows], indent=2)


def as_github(result: Result) -> str:
    """Return workflow commands, which GitHub shows as annotations on the changed files.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions, "Setting an error message"
    """
    return "\n".join(_annotation(each) for each in result.findings)


def _annotation(finding: Finding) -> str:
    properties = {
        "file": show_path(finding.path),
        "line": finding.line,
        "col": finding.column,
        "endColumn": finding.end_column or None,
        "title": f"azureml-validate: {finding.rule}",
    }
    listed = ",".join(f"{key}={_escape(str(value), ',:')}" for key, value in properties.items() if value)
    return f"::{finding.severity} {listed}::{_escape(finding.message)}"


def _escape(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


FORMATS: dict[str, Callable[[Result], str]] = {"text": as_text, "json": as_json, "github": as_github}
