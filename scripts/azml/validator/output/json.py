"""Findings as JSON for programs."""

import json

from azml.core.show import show_path

from ..report import Report


def render(report: Report) -> str:
    """Return a list of objects with path, line, column, severity, rule and message."""
    keys = ("path", "line", "column", "severity", "rule", "message")
    rows = [{key: getattr(each, key) for key in keys} for each in report.findings]
    return json.dumps([row | {"path": show_path(row["path"])} for row in rows], indent=2)
