"""A key that appears twice in one mapping: only the last one counts.

Bad:
    inputs:
      rate: 0.1
      rate: 0.2

Fix: remove one of them.

Source: https://yaml.org/spec/1.2.2/#3213-node-comparison (keys are unique); PyYAML keeps the last silently.
"""

from azml.core.rule_ids import DUPLICATE_KEY
from azml.validator.rule import Rule

RULE = Rule(DUPLICATE_KEY, precedence=0)


# Found by the core while it reads and links the specs.
