"""Findings as workflow commands, which GitHub shows as annotations on the changed files.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions, "Setting an error message"
"""

from azml.core.finding import Finding
from azml.core.show import show_path

from ..report import Report


def render(report: Report) -> str:
    """Return a workflow command for each finding."""
    return "\n".join(_annotation(each) for each in report.findings)


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
