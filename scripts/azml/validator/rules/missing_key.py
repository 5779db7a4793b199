"""A required key is missing.

Bad:
    type: command
    code: ./src

Fix: add the key.

Source: the field classes of azure-ai-ml (_schema/), required=True.
"""

from azml.validator.rule import Rule

RULE = Rule("missing-key")


# Found by the JSON Schema of the spec's kind.
