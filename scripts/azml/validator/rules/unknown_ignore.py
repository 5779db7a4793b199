"""A comment that switches off a rule which does not exist.

Bad:
    compute: azureml:cpu  # azureml-validate: ignore[unknow-key]

Fix: use an id from the table of rules.

Source: this validator.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding, did_you_mean
from azml.validator import rules
from azml.validator.ignore import find_ignores
from azml.validator.specs import SpecProject

ID = "unknown-ignore"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every unknown id in an ignore comment."""
    for document, _ in project.specs:
        for ignore in find_ignores(document.text):
            if ignore.rule not in rules.IDS:
                message = f"there is no rule '{ignore.rule}'{did_you_mean(ignore.rule, rules.IDS)}"
                end = ignore.column + len(ignore.rule)
                yield Finding(str(document.path), ignore.line, ignore.column, ID, message, end_column=end)
