"""Documents against the JSON Schema of their kind; the errors become findings in words.

The ids: ``unknown-key``, ``missing-key``, ``wrong-type`` and ``wrong-value``.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from azml.core.components import LITERAL_TYPES, Component
from azml.core.document import Document, Pointer
from azml.core.finding import Finding, nearest
from azml.core.kinds import kind_by_shape

from ..messages import MEANT, describe, expected_types, is_placeholder, listed
from ..specs import Spec, SpecProject

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

UNKNOWN_KEY, MISSING_KEY, WRONG_TYPE, WRONG_VALUE = "unknown-key", "missing-key", "wrong-type", "wrong-value"

_FOLDER = Path(__file__).parent

# A file that is wrong throughout says so often enough.
_MOST_ERRORS = 200
_MOST_NAMES = 8
_MOST_RETYPED = 10
_MOST_WORDS = 50


def schema_findings(project: SpecProject) -> Iterator[Finding]:
    """Yield what the schemas find."""
    for spec in project.specs:
        if spec.document.root is not None:
            yield from _spec_findings(spec, project.components.get((spec.document.path, ())))


def _spec_findings(spec: Spec, component: Component | None) -> Iterator[Finding]:
    data = _with_step_types(spec.value, component)
    leaves = [each for each in _errors(spec.kind, data) if not _is_open(each)]
    if leaves and (other := _fitting_kind(spec)):
        message = f"this says that the spec is of the kind '{spec.kind}', but it is written as '{other}'"
        yield spec.below("$schema").finding(WRONG_VALUE, message)
        return
    for at, words in _other_types(spec, data, leaves):
        leaves = [each for each in leaves if not _is_within(each, at[:-1])]
        yield spec.below(*at).finding(WRONG_VALUE, f"these are the keys of the type {listed(words)}")
    told, meant = _without_misspelt(leaves)
    for error in told:
        rule, pointer = _rule(error), _pointer(error)
        text = _text(error, spec.document, meant.get(pointer))
        yield spec.below(*pointer).finding(rule, text, key=rule in (UNKNOWN_KEY, MISSING_KEY))


def _without_misspelt(
    errors: list["ValidationError"],
) -> tuple[list["ValidationError"], dict[Pointer, "ValidationError"]]:
    """Return the errors to tell, and the missing keys that unknown ones were meant to be, by their places."""
    missing = [each for each in errors if _rule(each) == MISSING_KEY]
    unknown = {_pointer(each): each for each in errors if _rule(each) == UNKNOWN_KEY}
    explained = {pointer[:-1] for pointer in unknown if len(pointer) > 2 or pointer == ("component",)}
    told, meant = [], {}
    for error in errors:
        is_missing = _rule(error) == MISSING_KEY
        place = _misspelt_at(error, unknown, missing) if is_missing else None
        if place and place not in meant:
            meant[place] = error
        elif not is_missing or _pointer(error) not in explained:
            told.append(error)
    return told, meant


def _errors(kind: str, data: object) -> list["ValidationError"]:
    errors = islice(_validator(kind).iter_errors(data), _MOST_ERRORS)
    return [leaf for error in errors for leaf in _leaves(error)]


def _is_open(error: "ValidationError") -> bool:
    return _rule(error) in (WRONG_TYPE, WRONG_VALUE) and is_placeholder(error.instance)


def _fitting_kind(spec: Spec) -> str | None:
    """Return the kind that a spec with a wrong ``$schema`` fits without an error, or None."""
    if "$schema" not in spec.data or spec.kind.endswith("endpoint"):  # endpoints have one shape
        return None
    other = kind_by_shape({key: value for key, value in spec.data.items() if key != "$schema"})
    return other if other not in (spec.kind, None) and not _errors(other, spec.value) else None


@cache
def _validator(kind: str) -> "Draft202012Validator":
    # jsonschema is most of the time that a start takes: imported when there is something to validate.
    from .keywords import build_validator

    return build_validator(_bundle(), index()[kind]["ref"])


@cache
def _bundle() -> dict:
    return json.loads((_FOLDER / "azureml.schema.json").read_text(encoding="utf-8"))


@cache
def index() -> dict[str, dict]:
    """Return the index of the schemas (see ``scripts/dev/make_schemas.py``)."""
    return json.loads((_FOLDER / "index.json").read_text(encoding="utf-8"))


def _with_step_types(data: object, component: Component | None) -> object:
    """Return the data with each step's missing ``type`` taken from its component.

    A step that says no type and whose component is not known here is left out: any type's keys may be right.
    """
    if component is None or not component.steps:
        return data
    jobs = dict(data["jobs"])
    for name, step in component.steps.items():
        if "type" not in step.data and step.component is None and step.reference:
            del jobs[name]
        elif "type" not in step.data:
            jobs[name] = {"type": step.type, **step.data}
    return {**data, "jobs": jobs}


def _other_types(
    spec: Spec, data: object, errors: list["ValidationError"]
) -> Iterator[tuple[Pointer, list[str]]]:
    """Yield each ``type`` whose mapping has another type's keys, and the types that it would fit."""
    wrong = Counter(_owner(each) for each in errors if _rule(each) in (UNKNOWN_KEY, MISSING_KEY))
    strange = dict.fromkeys(_owner(each) for each in errors if _rule(each) == UNKNOWN_KEY)
    for at in [(*place, "type") for place in strange if wrong[place] > 1][:_MOST_RETYPED]:
        if isinstance(spec.document.get(at), str) and (at[1:] or "component" not in spec.data):
            tried = [each.schema for each in _retyped(spec.kind, data, at, "") if _pointer(each) == at]
            words = [word for schema in tried for word in schema.get("enum", ())]
            if fitting := [str(word) for word in words if not _retyped(spec.kind, data, at, word)]:
                yield at, fitting


def _retyped(kind: str, data: object, at: Pointer, word: str) -> list["ValidationError"]:
    """Return the errors that a mapping would have with another word at its ``type``."""
    changed = inner = deepcopy(data)
    for key in at[:-1]:
        inner = inner[key]
    inner["type"] = word
    return [each for each in _errors(kind, changed) if _is_within(each, at[:-1])]


def _is_within(error: "ValidationError", place: Pointer) -> bool:
    return _pointer(error)[: len(place)] == place


def _leaves(error: "ValidationError") -> Iterator["ValidationError"]:
    """Yield the errors that say what is wrong: of alternatives, those that got furthest."""
    if not error.context:
        yield error
        return
    inner = [leaf for each in error.context for leaf in _leaves(each)]
    deepest = max(len(each.absolute_path) for each in inner)
    yield min((each for each in inner if len(each.absolute_path) == deepest), key=_vagueness)


def _vagueness(error: "ValidationError") -> int:
    """Return how little an error says: least for a misspelt word, then for one that says what is expected."""
    if error.validator == "enum" and isinstance(error.instance, str):
        return 0 if nearest(error.instance, map(str, error.validator_value)) else 2
    return 1 if error.validator == "pattern" else 2


def _rule(error: "ValidationError") -> str:
    if error.validator in ("additionalProperties", "propertyNames"):
        return UNKNOWN_KEY
    if error.validator in ("required", "dependentRequired"):
        return MISSING_KEY
    return WRONG_TYPE if error.validator == "type" or isinstance(error.instance, dict | list) else WRONG_VALUE


def _pointer(error: "ValidationError") -> Pointer:
    return tuple(error.absolute_path)


def _owner(error: "ValidationError") -> Pointer:
    """Return the mapping that has an unknown key, or lacks a key."""
    return _pointer(error)[:-1] if _rule(error) == UNKNOWN_KEY else _pointer(error)


def _misspelt_at(
    error: "ValidationError", unknown: dict[Pointer, "ValidationError"], missing: list["ValidationError"]
) -> Pointer | None:
    """Return the place of the unknown key that was meant to be a missing one, or None."""
    keys = {str(pointer[-1]): pointer for pointer in unknown if pointer[:-1] == _pointer(error)}
    wanted = str(error.validator_value)
    above = (*_pointer(error)[:-1], wanted)
    if _pointer(error) and above in unknown:  # indented too little
        return above
    alike = (key for key in keys if wanted in key or key in wanted or _meant_among(key, [wanted]))
    near = nearest(wanted, keys) or next(alike, None)
    if not near and len(keys) == 1 and [_pointer(each) for each in missing].count(_pointer(error)) == 1:
        # Among few keys the one that is wrong was to be the one that is not there.
        (name,), (place,) = keys, keys.values()
        known = unknown[place].schema.get("properties", {})
        near = name if len(known) <= _MOST_NAMES and not _nearest_key(name, known) else None
    return keys[near] if near else None


def _unknown_text(error: "ValidationError", meant: "ValidationError | None") -> str:
    pointer, known = _pointer(error), error.schema.get("properties", {})
    if pointer == ("component",) and "experiment_name" in known and "trial" not in known:
        return "this job runs no component; make it a step of a pipeline"
    if meant and _pointer(meant) != pointer[:-1]:
        return f"unknown key '{pointer[-1]}'; move it into '{_pointer(meant)[-1]}'"
    near = meant.validator_value if meant else _nearest_key(str(pointer[-1]), known)
    return f"unknown key '{pointer[-1]}'" + (f"; did you mean '{near}'?" if near else _known(known))


def _nearest_key(key: str, known: Iterable[str]) -> str | None:
    if meant := _meant_among(key, known):
        return meant
    # Keys share endings such as _settings: what is near has to be nearer than in other names.
    close = get_close_matches(key, known, n=1, cutoff=0.75)
    found = next((each for each in (*close, *known) if each in close or _contains(each, key)), None)
    begun = [each for each in known if each.startswith(f"{key}_")]
    return found or (begun[0] if len(begun) == 1 else None)


def _meant_among(word: object, known: Iterable[str]) -> str | None:
    return next((each for each in MEANT.get(word, ()) if each in known), None)


def _contains(known: str, key: str) -> bool:
    return len(key) > 3 and (known.endswith(f"_{key}") or key.endswith(f"_{known}"))


def _known(names: Iterable[str]) -> str:
    shown = [name for name in names if name != "$schema"]
    return f"; known here: {', '.join(sorted(shown))}" if 0 < len(shown) <= _MOST_NAMES else ""


def _text(error: "ValidationError", document: Document, meant: "ValidationError | None") -> str:
    """Return an error in words; ``meant`` is the missing key that an unknown one was meant to be, if any."""
    value, wanted = describe(error.instance), error.validator_value
    match error.validator, error.instance:
        case "propertyNames", name:
            return f"'{name}' cannot be a name here{_expected(error.schema)}"
        case "additionalProperties", _:
            return _unknown_text(error, meant)
        case "required", {"jobs": _} if wanted == "type":
            return "the key 'type' is missing; write type: pipeline"
        case "required", _:
            return f"the key '{wanted}' is missing"
        case "dependentRequired", keys:
            needs = (f"'{key}' needs {listed(wanted[key])} beside it" for key in wanted if key in keys)
            return "; ".join(needs)
        case "type", _ if "string" in wanted and (source := _unquoted(document, _pointer(error))):
            read = f", not {value}" if source == value else f" and YAML reads {source} as {value}"
            return f"a string was expected{read}; quote it"
        case "type", {"local_path": str(path)} | {"target": str(path)} if "string" in wanted:
            return f"a string was expected, not a mapping; write {_pointer(error)[-1]}: {path}"
        case "type", _:
            return f"{expected_types(wanted)} was expected, not {value}"
        case "enum", dict() | list():
            return f"one of {', '.join(map(str, wanted))} was expected, not {value}"
        case _, dict() | list():
            return f"another value was expected, not {value}"
        case "enum", _:
            return _enum_text(error, document)
        case "minimum", _:
            return f"{value} is below {wanted}, the least allowed here"
        case "maximum", _:
            return f"{value} is above {wanted}, the most allowed here"
    return f"{value} is not allowed here{_expected(error.schema)}"


def _enum_text(error: "ValidationError", document: Document) -> str:
    word, wanted, pointer = error.instance, error.validator_value, _pointer(error)
    if word in LITERAL_TYPES and pointer[-3:-2] == ("inputs",) and "uri_file" in wanted:
        given = document.get((*pointer[:-1], "default"))
        return f"a job gives the value itself: {pointer[-2]}: {given or '<value>'}"
    if near := _meant_among(word, wanted) or nearest(word, map(str, wanted)):
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
