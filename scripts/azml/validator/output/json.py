"""Findings as JSON for programs; ``version`` is raised when a key changes its meaning or goes."""

from azml.core.finding import Finding, Fix
from azml.core.show import json_text, show_path

from ..about import help_address
from ..report import Report

VERSION = 1


def render(report: Report) -> str:
    """Return an object with the version of the format, the number of specs and the findings."""
    findings = [_row(each) for each in report.shown]
    return json_text({"version": VERSION, "specs": report.specs, "findings": findings})


def _row(finding: Finding) -> dict:
    return {
        "path": show_path(finding.path),
        "line": finding.line,
        "column": finding.column,
        "end_column": finding.end_column or None,  # the marked text ends before it; null: on a later line
        "severity": finding.severity,
        "rule": finding.rule,
        "message": finding.message,
        "help": help_address(finding.rule),
        "related": [
            {"path": show_path(each.path), "line": each.line, "column": each.column, "message": each.message}
            for each in finding.related
        ],
        "fix": _fix(finding.fix) if finding.fix else None,
    }


def _fix(fix: Fix) -> dict:
    edits = [
        {
            "path": show_path(each.path),
            "line": each.line,
            "column": each.column,
            "end_line": each.end_line,
            "end_column": each.end_column,
            "text": each.text,
        }
        for each in fix.edits
    ]
    return {"safe": fix.is_safe, "edits": edits}
