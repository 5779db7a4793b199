"""Findings as logging commands, which Azure DevOps lists as the errors and warnings of a build.

https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands, "LogIssue"
"""

from azml.core.finding import Finding
from azml.core.show import in_repository, printable

from ..report import Report

# azure-pipelines-agent, Command.cs
_ESCAPES = {"%": "%AZP25", ";": "%3B", "\r": "%0D", "\n": "%0A", "]": "%5D"}


def render(report: Report) -> str:
    """Return a logging command for each finding, errors first."""
    return "\n".join(_issue(each) for each in sorted(report.shown, key=lambda each: each.severity))


def _issue(finding: Finding) -> str:
    properties = {
        "type": finding.severity,
        "sourcepath": in_repository(finding.path),
        "linenumber": finding.line,
        "columnnumber": finding.column,
        "code": finding.rule,
    }
    listed = "".join(f"{key}={_escape(str(value))};" for key, value in properties.items())
    return f"##vso[task.logissue {listed}]{_escape(finding.message)}"


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(each, each) for each in printable(text))
