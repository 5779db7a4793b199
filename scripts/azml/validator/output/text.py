"""Findings as text for people: each with its line and a caret, and a closing count."""

from azml.core.finding import ERROR, Finding
from azml.core.show import count, finding_text

from ..about import help_address
from ..report import Report


def render(report: Report) -> str:
    """Return the findings and the count; colored for a terminal."""
    color = report.on_terminal
    blocks = [finding_text(each, color, help_address(each.rule) if color else "") for each in report.shown]
    return "\n".join([*blocks, _summary(report)])


def _summary(report: Report) -> str:
    specs = count(report.specs, "spec")
    specs += f" and {count(report.environments, 'environment')}" if report.environments else ""
    fixed = f", {report.fixed} fixed" if report.fixed else ""
    known = f" ({report.known} more in the baseline)" if report.known else ""
    if not (report.specs or report.environments or report.findings):
        return "nothing to check: no Azure ML specs here"
    if report.failures and not report.findings:
        return f"{specs}, the check is not complete"
    if not report.findings:
        return f"{specs}, no findings{fixed}{known}"
    errors = sum(each.severity == ERROR for each in report.findings)
    warnings = len(report.findings) - errors
    found = f"{count(errors, 'error')}, {count(warnings, 'warning')}"
    start = f"{specs}: " if report.specs else ""
    return f"{start}{found}{_fixable(report.findings)}{fixed}{known}"


def _fixable(findings: list[Finding]) -> str:
    fixes = [each.fix for each in findings if each.fix]
    safe = sum(fix.is_safe for fix in fixes)
    numbers = {"--fix": safe, "--unsafe-fixes": len(fixes) - safe}
    listed = [f"{number} fixable with {option}" for option, number in numbers.items() if number]
    return f" ({', '.join(listed)})" if listed else ""
