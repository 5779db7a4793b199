"""An unknown key: misspelled, or in the wrong place.

Bad:
    comand: python train.py

Fix: correct the key, or move it to where it belongs.

Source: the field classes of azure-ai-ml (_schema/), which silently drop unknown keys in components and steps.
"""

from azml.validator.rule import Rule

RULE = Rule("unknown-key", precedence=2)


# Found by the JSON Schema of the spec's kind.
