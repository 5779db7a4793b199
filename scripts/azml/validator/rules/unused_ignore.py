"""An ignore comment for a rule that finds nothing there.

Bad:
    compute: azureml:cpu  # azml: ignore[moving-reference]

Fix: remove the comment, or move it to the line of the finding or the line above.

Source: this validator.
"""

from azml.core.finding import WARNING
from azml.validator.rule import Rule

RULE = Rule("unused-ignore", severity=WARNING, since="0.3", is_consequence=True)


# Found when all rules have looked at the specs.
