"""A mistake in azml.toml, or under [tool.azml] in pyproject.toml: an unknown key or rule, a wrong value.

Bad:
    [tool.azml]
    ignore = ["moving-referense"]

Fix: use the keys that the README lists and the ids of ``azml rules``.

Source: this validator.
"""

from azml.validator.rule import Rule

RULE = Rule("configuration", since="0.2")


# Found when the configuration is read.
