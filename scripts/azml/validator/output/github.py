"""Findings as workflow commands, which GitHub shows as annotations on the changed files.

GitHub keeps ten errors and ten warnings of a step. One annotation stands for all findings of a rule in a
file where there are more; everything is in the log, and in the summary of the step.
https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

import html
import os
from itertools import groupby
from pathlib import Path

from azml.core.finding import ERROR, WARNING, Finding
from azml.core.show import count, in_repository, printable

from ..report import Report

MOST = 10
# GitHub takes 1 MiB of summary from a step and drops a larger one as a whole.
_MOST_ROWS = 1000


def render(report: Report) -> str:
    """Return the annotations and the further findings; add all to the step's summary, if GitHub has one."""
    shown = [line for severity in (ERROR, WARNING) for line in _annotations(report.findings, severity)]
    if report.findings and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        with Path(summary).open("a", encoding="utf-8", errors="replace") as file:
            file.write(_table(report.findings))
    return "\n".join([*shown, *_log(report, len(shown))])


def _annotations(findings: list[Finding], severity: str) -> list[str]:
    """Return at most ten annotations."""
    found = [each for each in findings if each.severity == severity]
    groups = [[each] for each in found]
    if len(found) > MOST:
        by_kind = sorted(found, key=_kind)
        groups = [list(group) for _, group in groupby(by_kind, key=_kind)]
    return [_annotation(*group) for group in groups[:MOST]]


def _kind(finding: Finding) -> tuple[str, str]:
    return finding.path, finding.rule


def _annotation(finding: Finding, *more: Finding) -> str:
    properties = {
        "file": in_repository(finding.path),
        "line": finding.line,
        "col": finding.column,
        "endColumn": finding.end_column or None,
        "title": f"azml: {finding.rule}",
    }
    listed = ",".join(f"{key}={_escape(str(value), ',:')}" for key, value in properties.items() if value)
    rest = f" (and {len(more)} more of this rule in this file)" if more else ""
    return f"::{finding.severity} {listed}::{_escape(finding.message + rest)}"


def _escape(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return printable(text)


def _log(report: Report, annotated: int) -> list[str]:
    """Return the findings as text in a group of the log, where some have no annotation of their own."""
    if len(report.findings) <= annotated:
        return []
    lines = [
        printable(f"{_place(each)}: {each.severity}: {each.message} [{each.rule}]") for each in report.shown
    ]
    return [f"::group::{count(len(report.findings), 'finding')}", *lines, "::endgroup::"]


def _table(findings: list[Finding]) -> str:
    """Return the findings as a table in HTML: values from files mean nothing in it."""
    ordered = sorted(findings, key=lambda each: each.severity)
    rows = [
        "<tr>" + "".join(f"<td>{html.escape(printable(cell))}</td>" for cell in cells) + "</tr>"
        for each in ordered[:_MOST_ROWS]
        for cells in [(_place(each), each.severity, each.message, each.rule)]
    ]
    more = f"<p>and {len(ordered) - _MOST_ROWS} more</p>\n" if len(ordered) > _MOST_ROWS else ""
    head = "<tr><th>Place</th><th>Severity</th><th>Finding</th><th>Rule</th></tr>"
    title = f"<h3>Azure ML specs: {count(len(findings), 'finding')}</h3>"
    return "\n".join([title, "<table>", head, *rows, "</table>", f"{more}\n"])


def _place(finding: Finding) -> str:
    return f"{in_repository(finding.path)}:{finding.line}:{finding.column}"
