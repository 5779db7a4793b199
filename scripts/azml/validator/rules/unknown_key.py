"""A key that Azure ML does not know here: misspelt, or in the wrong place.

Bad:
    comand: python train.py

Fix: use the key that is offered, or move the key to where it belongs.

Source: the field classes of azure-ai-ml (_schema/), which swallow unknown keys in components and steps.
"""

from azml.validator.rule import Rule

RULE = Rule("unknown-key", precedence=2)


# Found by the JSON Schema of the spec's kind.
