"""Findings as SARIF 2.1.0, which code scanning of GitHub and Azure DevOps reads.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from urllib.parse import quote

from azml.core.finding import Edit, Finding, Fix, Related
from azml.core.show import in_repository, json_text

from ..about import help_address, version
from ..baseline import fingerprints
from ..report import Report
from ..rule import Rule

# Whoever reads the log judges the findings, and the step that uploads it must run: zizmor does the same.
FAILING = ()
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(report: Report) -> str:
    """Return a log with one run: the rules that found something, and the results."""
    used = {each.rule for each in report.findings}
    rules = [rule for rule in report.rules if rule.id in used]
    driver = {"name": "azml", "version": version(), "rules": [_rule(each) for each in rules]}
    places = {rule.id: index for index, rule in enumerate(rules)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(each, places[each.rule], fingerprint)
            for each, fingerprint in zip(report.shown, fingerprints(report.shown), strict=True)
        ],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict:
    address = help_address(rule.id)
    is_public = address.startswith("https:")  # the log leaves this machine
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.doc, "markdown": rule.markdown},
        "defaultConfiguration": {"level": rule.severity},
        **({"helpUri": address} if is_public else {}),
    }


def _result(finding: Finding, rule: int, fingerprint: str) -> dict:
    region = {"startLine": finding.line, "startColumn": finding.column}
    if finding.end_column:
        region["endColumn"] = finding.end_column
    place = {"artifactLocation": _artifact(finding.path), "region": region}
    result = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"azml/v1": fingerprint},
    }
    if finding.related:
        result["relatedLocations"] = [_related(*each) for each in enumerate(finding.related, start=1)]
    if finding.fix:
        result["fixes"] = [_fix(finding.fix)]
    return result


def _related(number: int, related: Related) -> dict:
    place = {
        "artifactLocation": _artifact(related.path),
        "region": {"startLine": related.line, "startColumn": related.column},
    }
    return {"id": number, "message": {"text": related.message}, "physicalLocation": place}


def _fix(fix: Fix) -> dict:
    paths = dict.fromkeys(each.path for each in fix.edits)
    changes = [
        {
            "artifactLocation": _artifact(path),
            "replacements": [_replacement(each) for each in fix.edits if each.path == path],
        }
        for path in paths
    ]
    return {"description": {"text": fix.description}, "artifactChanges": changes}


def _replacement(edit: Edit) -> dict:
    region = {
        "startLine": edit.line,
        "startColumn": edit.column,
        "endLine": edit.end_line,
        "endColumn": edit.end_column,
    }
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}


def _artifact(path: str) -> dict:
    return {"uri": quote(in_repository(path), errors="replace"), "uriBaseId": "%SRCROOT%"}
