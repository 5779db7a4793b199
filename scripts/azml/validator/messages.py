"""Values, types and lists of words as a message names them."""

import re
from collections.abc import Iterable
from datetime import date

# A text with one of these holds something that is still to be filled in, or a binding.
OPEN = re.compile(r"[<>{}$#]|__\w+__")
# Something that its owner's tools fill in: $(x), ${X}, #{x}#, {{x}}, <x>, __X__.
_PLACEHOLDER = re.compile(r"\$\([\w.\-]+\)|\$\{[\w.\-]+\}|#\{[^{}]+\}#?|\{\{[^{}]+\}\}|<[^<>]+>|__\w+__")
_NAMES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}
_LONGEST = 50

# Words of the older SDK, of its Python classes and of other languages, and what was meant by them.
MEANT = {
    "code_path": ("code",),
    "component": ("trial",),
    "dataset": ("path",),
    "direction": ("goal",),
    "double": ("number",),
    "float": ("number",),
    "max_concurrent_runs": ("max_concurrent_trials",),
    "max_nodes": ("max_instances",),
    "max_total_runs": ("max_total_trials",),
    "min_nodes": ("min_instances",),
    "node_count": ("instance_count",),
    "required": ("optional",),
    "source_directory": ("code",),
    "target": ("compute",),
    "vm_size": ("size", "instance_type"),
}


def is_placeholder(value: object) -> bool:
    """Tell whether a value consists of a placeholder that is filled in before Azure ML reads it."""
    return isinstance(value, str) and bool(_PLACEHOLDER.fullmatch(value.strip()))


def expected_types(types: str | list[str]) -> str:
    """Return what the types of a JSON Schema expect, in words."""
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
