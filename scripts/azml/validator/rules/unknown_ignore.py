"""An ignore comment for a rule that does not exist.

Bad:
    compute: azureml:cpu  # azml: ignore[unknow-key]

Fix: use an id from the table of rules.

Source: this validator.
"""

from azml.core.finding import Edit, Finding, Fix, did_you_mean, nearest
from azml.validator import rules
from azml.validator.findings import Findings
from azml.validator.rule import Rule
from azml.validator.specs import Spec
from azml.validator.suppressions import find_ignores

RULE = Rule("unknown-ignore")


def check_spec(spec: Spec) -> Findings:
    for ignore in find_ignores(spec.document.text):
        if ignore.rule not in rules.BY_ID:
            message = f"unknown rule '{ignore.rule}'{did_you_mean(ignore.rule, rules.BY_ID)}"
            path, end = str(spec.document.path), ignore.column + len(ignore.rule)
            near = nearest(ignore.rule, rules.BY_ID)
            edit = Edit(path, ignore.line, ignore.column, ignore.line, end, near or "")
            fix = Fix((edit,), is_safe=True) if near else None
            finding = Finding(path, ignore.line, ignore.column, "", message, end_column=end, fix=fix)
            yield spec.document.shown(finding)
