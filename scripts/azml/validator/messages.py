"""How messages name values, types and lists of words."""

from collections.abc import Iterable
from datetime import date

_NAMES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}
_LONGEST = 50


def expected_types(types: str | list[str]) -> str:
    """Return the types of a JSON Schema in words, with articles."""
    names = [types] if isinstance(types, str) else types
    return listed([_NAMES.get(each, each) for each in names if each != "null"] or ["nothing"])


def describe(value: object) -> str:
    """Return a value in a few words: never a whole mapping or list."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, date):
        return "a date"
    if isinstance(value, bool):
        return str(value).lower()
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...'"


def listed(words: Iterable[object]) -> str:
    """Return words joined by commas and a final ``or``."""
    texts = [str(each) for each in words]
    return " or ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
