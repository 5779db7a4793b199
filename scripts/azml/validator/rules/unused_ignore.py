"""An ignore comment for a rule that finds nothing there.

Bad:
    compute: azureml:cpu  # azml: ignore[missing-file]

Fix: remove the comment, or move it to the line of the finding or the line above.

Source: this validator.
"""

from azml.core.document import Document
from azml.core.finding import WARNING, Edit, Finding, Fix
from azml.validator.rule import Rule
from azml.validator.suppressions import Ignore

RULE = Rule("unused-ignore", severity=WARNING, since="0.2", is_consequence=True)


# Called when all rules have looked at the specs.
def unused(document: Document, ignore: Ignore) -> Finding:
    """Return the finding on a comment of a document."""
    path, end = str(document.path), ignore.column + len(ignore.rule)
    fix = Fix((Edit(path, *ignore.removal, ""),), is_safe=True) if ignore.removal else None
    message = f"'{ignore.rule}' finds nothing here; remove the comment"
    place = path, ignore.line, ignore.column
    return document.shown(Finding(*place, RULE.id, message, RULE.severity, end, fix=fix))
