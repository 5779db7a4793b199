"""The plain data that YAML gives, and the questions asked of a value before its shape is known."""

from typing import Any, TypeAlias

# Mappings, lists, strings, numbers, booleans, dates and None. What a spec holds at a place is known only
# when it has been looked at, so a precise type would have to be narrowed again at every step.
JSON: TypeAlias = Any


def mapping(value: object) -> dict:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def is_true(value: object) -> bool:
    """Tell whether azure-ai-ml reads a value as true (``fields.Bool``: the words of YAML, as text too)."""
    return str(value).lower() in ("true", "t", "yes", "y", "on", "1")
