"""Findings as text for people, as JSON for programs and as annotations for GitHub."""

import json
import os
import sys
from collections.abc import Callable

from azml.core.finding import ERROR, Finding
from azml.core.show import finding_text, show_path

from .engine import Result


def as_text(result: Result) -> str:
    """Return each finding with its line and a caret, and a closing count; coloured for a terminal."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    blocks = [finding_text(finding, colour) for finding in result.findings]
    return "\n".join([*blocks, _summary(result)])


def _summary(result: Result) -> str:
    specs = _count(result.specs, "spec")
    if not result.specs and not result.findings:
        return "nothing to check: no Azure ML specs here"
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
