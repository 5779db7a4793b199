"""The errors of the schemas in words."""

import re
from collections.abc import Iterable

from azml.core.components import LITERAL_TYPES
from azml.core.document import Document, Pointer
from azml.core.finding import nearest
from azml.core.paths import exists, is_yaml

from ..messages import describe, expected_types, listed
from ..synonyms import meant_among
from .error import SchemaError
from .guesses import MOST_NAMES, nearest_key

# Keys of jobs and components that are easily indented too far.
_TOP_KEYS = {
    *("code", "command", "compute", "distribution", "environment", "environment_variables", "identity"),
    *("inputs", "jobs", "limits", "outputs", "resources", "services", "settings"),
}
# More words than this are described, not listed.
_MOST_WORDS = 50
# Durations such as 1h, 30 min: the unit that a key counts in is told by its name, else it is seconds.
_DURATION = re.compile(r"(\d+)\s*(ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE)
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SECONDS_KEYS = {
    *("timeout", "trial_timeout", "initial_delay", "period", "polling_interval"),
    "idle_time_before_scale_down",
}


def message_for(error: SchemaError, document: Document, meant: SchemaError | None) -> str:
    """Return an error in words; ``meant`` is the missing key that an unknown one was meant to be, if any."""
    match error.keyword:
        case "additionalProperties":
            return _unknown_key(error, document, meant)
        case "propertyNames":
            return f"'{error.value}' is not a valid name here{_expected(error.schema)}"
        case "required" | "dependentRequired":
            return _missing_key(error)
        case "type":
            return _wrong_type(error, document)
    return _wrong_value(error, document)


def replacement(error: SchemaError, meant: SchemaError | None) -> str | None:
    """Return the key or word that the message proposes in place of a wrong one, or None."""
    if error.keyword == "additionalProperties" and not (meant and meant.place != error.place[:-1]):
        return _near_key(error, meant)
    return _near_word(error) if error.keyword == "enum" and isinstance(error.value, str) else None


def _near_key(error: SchemaError, meant: SchemaError | None) -> str | None:
    return meant.wanted if meant else nearest_key(str(error.place[-1]), error.known_keys)


def _near_word(error: SchemaError) -> str | None:
    return meant_among(error.value, error.wanted) or nearest(error.value, map(str, error.wanted))


def _unknown_key(error: SchemaError, document: Document, meant: SchemaError | None) -> str:
    place, known = error.place, error.known_keys
    if place == ("component",) and "experiment_name" in known and "trial" not in known:
        return "a job of this type cannot run a component; make it a step of a pipeline"
    if meant and len(meant.place) < len(place) - 1:
        return f"unknown key '{place[-1]}'; move it out of '{place[-2]}'"
    if meant and meant.place != place[:-1]:
        return f"unknown key '{place[-1]}'; move it into '{meant.place[-1]}'"
    near = _near_key(error, meant)
    hint = f"; did you mean '{near}'?" if near else _right_place(error, document) or _known(known)
    return f"unknown key '{place[-1]}'{hint}"


def _right_place(error: SchemaError, document: Document) -> str:
    """Say where a key belongs that is known, but not here."""
    *outer, key = error.place
    if key == "compute" and "is_deterministic" in error.known_keys:
        return "; a component has no compute: set it in the step or job that runs it"
    is_missing_above = key in _TOP_KEYS and not document.has((*outer[:-1], key))
    return f"; move it out of '{outer[-1]}'" if outer and is_missing_above else ""


def _known(names: Iterable[str]) -> str:
    shown = [name for name in names if name != "$schema"]
    return f"; known here: {', '.join(sorted(shown))}" if 0 < len(shown) <= MOST_NAMES else ""


def _missing_key(error: SchemaError) -> str:
    wanted = error.wanted
    if error.keyword == "dependentRequired":
        needs = (f"'{key}' also needs {listed(wanted[key])}" for key in wanted if key in error.value)
        return "; ".join(needs)
    if wanted == "type" and "jobs" in error.value:
        return "the key 'type' is missing; write type: pipeline"
    return f"the key '{wanted}' is missing"


def _wrong_type(error: SchemaError, document: Document) -> str:
    value, wanted, place = describe(error.value), error.wanted, error.place
    if "string" in wanted and (source := _unquoted(document, place)):
        read = f", not {value}" if source == value else f", but YAML reads {source} as {value}"
        return f"expected a string{read}; quote it"
    if "string" in wanted and isinstance(error.value, dict):
        path = error.value.get("local_path", error.value.get("target"))
        if isinstance(path, str):
            return f"expected a string, not a mapping; write {place[-1]}: {path}"
    return f"expected {expected_types(wanted)}, not {value}{_as_number(error)}"


def _as_number(error: SchemaError) -> str:
    """Say which number a duration with a unit is, for a key that counts in a unit of its own."""
    duration = _DURATION.fullmatch(error.value.strip()) if isinstance(error.value, str) else None
    if duration is None or "integer" not in error.wanted:
        return ""
    unit = duration[2].lower()
    milliseconds = int(duration[1]) * _MILLISECONDS[unit if unit == "ms" else unit[0]]
    words, size = _unit_of(str(error.place[-1]))
    is_whole = size and milliseconds % size == 0
    return f"; write {milliseconds // size} ({words})" if is_whole else ""


def _unit_of(key: str) -> tuple[str, int]:
    """Return the unit of a key in words and in milliseconds; 0 where it is not known."""
    if key.endswith("_ms"):
        return "milliseconds", 1
    if key.endswith("_minutes"):
        return "minutes", 60_000
    return ("seconds", 1000) if key in _SECONDS_KEYS else ("", 0)


def _wrong_value(error: SchemaError, document: Document) -> str:
    value, wanted = describe(error.value), error.wanted
    match error.keyword, error.value:
        case "enum", dict() | list():
            return f"expected one of {', '.join(map(str, wanted))}, not {value}"
        case _, dict() | list():
            return f"{value} is not allowed here"
        case "enum", _:
            return _wrong_word(error, document)
        case "minimum", _:
            return f"{value} is below the minimum of {wanted}"
        case "maximum", _:
            return f"{value} is above the maximum of {wanted}"
    expected, path = _expected(error.schema), str(error.value)
    if "file:<path>" in expected and is_yaml(path) and exists(document.path.parent / path):
        return f"a local path needs its prefix here: file:{path}"
    return f"{value} is not allowed here{expected}"


def _wrong_word(error: SchemaError, document: Document) -> str:
    word, wanted, place = error.value, error.wanted, error.place
    if word in LITERAL_TYPES and place[-3:-2] == ("inputs",) and "uri_file" in wanted:
        given = document.get((*place[:-1], "default"))
        return f"a job's input holds the value itself; write {place[-2]}: {given or '<value>'}"
    if near := _near_word(error):
        return f"{describe(word)} is not allowed here; did you mean '{near}'?"
    form = error.schema.get("patternErrorMessage")
    words = f"allowed: {', '.join(map(str, wanted))}{f' or {form}' if form else ''}"
    return (
        f"{describe(word)} is not allowed here; {words if len(wanted) < _MOST_WORDS else f'expected: {form}'}"
    )


def _unquoted(document: Document, pointer: Pointer) -> str:
    """Return the source of a plain scalar; an empty text for anything else."""
    node = document.node(pointer)
    return document.source(pointer) if node and node.children is None and not node.style else ""


def _expected(schema: dict) -> str:
    words = schema.get("patternErrorMessage") or schema.get("description")
    return f"; expected: {words}" if words else ""
