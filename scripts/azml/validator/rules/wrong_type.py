"""A value of the wrong type: a list for a mapping, a number for a string.

Bad:
    tags:
      release: 12

Fix: give a value of the expected type; quote what should be a string.

Source: the field classes of azure-ai-ml (_schema/).
"""

from azml.validator.rule import Rule

RULE = Rule("wrong-type", precedence=2)


# Found by the JSON Schema of the spec's kind.
