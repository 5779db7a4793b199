"""An ignore comment that names no rule, and ignores nothing: it would hide mistakes still to come.

Bad:
    compute: azureml:cpu  # azml: ignore

Fix: name the rules, ``# azml: ignore[rule-id]``.

Source: this validator.
"""

from azml.core.finding import WARNING, Finding
from azml.validator.findings import Findings
from azml.validator.rule import Rule
from azml.validator.specs import Spec
from azml.validator.suppressions import find_broad_ignores

RULE = Rule("broad-ignore", severity=WARNING, since="0.2")


def check_spec(spec: Spec) -> Findings:
    for line, column, end_column in find_broad_ignores(spec.document.text):
        message = "this ignores nothing; name the rules: ignore[rule-id]"
        finding = Finding(str(spec.document.path), line, column, "", message, WARNING, end_column)
        yield spec.document.shown(finding)
