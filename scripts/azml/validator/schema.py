"""Documents against the JSON Schema of their kind; the errors become findings in words.

The ids: ``unknown-key``, ``missing-key``, ``wrong-type`` and ``wrong-value``.
"""

import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from azml.spec.component import Component
from azml.spec.document import Document, Pointer
from azml.spec.finding import Finding, nearest
from azml.spec.kind import kind_by_shape

from .specs import Spec, SpecProject
from .words import describe, expected_types, listed

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

UNKNOWN_KEY, MISSING_KEY, WRONG_TYPE, WRONG_VALUE = "unknown-key", "missing-key", "wrong-type", "wrong-value"

_FOLDER = Path(__file__).parent / "schemas"

# A file that is wrong throughout says so often enough.
_MOST_ERRORS = 200
_MOST_NAMES = 8


def schema_findings(project: SpecProject) -> Iterator[Finding]:
    """Yield what the schemas find."""
    for spec in project.specs:
        if spec.document.root is not None:
            yield from _spec_findings(spec, project.components.get((spec.document.path, ())))


def _spec_findings(spec: Spec, component: Component | None) -> Iterator[Finding]:
    errors = _errors(spec.kind, _with_step_types(spec.value, component))
    leaves = [leaf for error in errors for leaf in _leaves(error)]
    if leaves and (other := _fitting_kind(spec)):
        message = f"this says that the spec is of the kind '{spec.kind}', but it is written as '{other}'"
        yield spec.document.finding(WRONG_VALUE, message, ("$schema",))
        return
    unknown = [_pointer(each) for each in leaves if _rule(each) == UNKNOWN_KEY]
    explained = {pointer[:-1] for pointer in unknown if len(pointer) > 2}
    meant: dict[Pointer, str] = {}  # the place of an unknown key and the missing key that it was meant to be
    told = []
    for error in leaves:
        place = _misspelt_at(error, unknown) if _rule(error) == MISSING_KEY else None
        if place and place not in meant:
            meant[place] = error.validator_value
        elif _rule(error) != MISSING_KEY or _pointer(error) not in explained:
            told.append(error)
    for error in told:
        rule, pointer = _rule(error), _pointer(error)
        text = _text(error, spec.document, meant.get(pointer))
        yield spec.document.finding(rule, text, pointer, key=rule in (UNKNOWN_KEY, MISSING_KEY))


def _errors(kind: str, data: object) -> list["ValidationError"]:
    return list(islice(_validator(kind).iter_errors(data), _MOST_ERRORS))


def _fitting_kind(spec: Spec) -> str | None:
    """Return the kind that a spec with a wrong ``$schema`` fits without an error, or None."""
    if "$schema" not in spec.data:
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


def _misspelt_at(error: "ValidationError", unknown: Iterable[Pointer]) -> Pointer | None:
    """Return the place of the unknown key that was meant to be a missing one, or None."""
    keys = {str(pointer[-1]): pointer for pointer in unknown if pointer[:-1] == _pointer(error)}
    wanted = str(error.validator_value)
    near = nearest(wanted, keys) or next((key for key in keys if wanted in key or key in wanted), None)
    return keys[near] if near else None


def _nearest_key(key: str, known: Iterable[str]) -> str | None:
    # Keys share endings such as _settings: what is near has to be nearer than in other names.
    close = get_close_matches(key, known, n=1, cutoff=0.75)
    return next((each for each in (*close, *known) if each in close or _contains(each, key)), None)


def _contains(known: str, key: str) -> bool:
    return len(key) > 3 and (known.endswith(f"_{key}") or key.endswith(f"_{known}"))


def _known(names: Iterable[str]) -> str:
    shown = [name for name in names if name != "$schema"]
    return f"; known here: {', '.join(sorted(shown))}" if 0 < len(shown) <= _MOST_NAMES else ""


def _text(error: "ValidationError", document: Document, meant: str | None) -> str:
    """Return an error in words; ``meant`` is the missing key that an unknown one was meant to be, if any."""
    value, wanted = describe(error.instance), error.validator_value
    match error.validator, error.instance:
        case "propertyNames", name:
            return f"'{name}' cannot be a name here{_expected(error.schema)}"
        case "additionalProperties", _:
            key, known = error.absolute_path[-1], error.schema.get("properties", {})
            near = meant or _nearest_key(str(key), known)
            return f"unknown key '{key}'" + (f"; did you mean '{near}'?" if near else _known(known))
        case "required", _:
            return f"the key '{wanted}' is missing"
        case "dependentRequired", keys:
            needs = (f"'{key}' needs {listed(wanted[key])} beside it" for key in wanted if key in keys)
            return "; ".join(needs)
        case "type", _ if "string" in wanted and (source := _unquoted(document, _pointer(error))):
            read = f", not {value}" if source == value else f" and YAML reads {source} as {value}"
            return f"a string was expected{read}; quote it"
        case "type", _:
            return f"{expected_types(wanted)} was expected, not {value}"
        case "enum", dict() | list():
            return f"one of {', '.join(map(str, wanted))} was expected, not {value}"
        case _, dict() | list():
            return f"another value was expected, not {value}"
        case "enum", word:
            form = error.schema.get("patternErrorMessage")
            words = f"allowed: {', '.join(map(str, wanted))}{f' or {form}' if form else ''}"
            near = nearest(word, map(str, wanted))
            return f"{value} is not allowed here; " + (f"did you mean '{near}'?" if near else words)
        case "minimum", _:
            return f"{value} is below {wanted}, the least allowed here"
        case "maximum", _:
            return f"{value} is above {wanted}, the most allowed here"
    return f"{value} is not allowed here{_expected(error.schema)}"


def _unquoted(document: Document, pointer: Pointer) -> str:
    """Return the source of a plain scalar; an empty text for anything else."""
    node = document.node(pointer)
    return document.source(pointer) if node and node.children is None and not node.style else ""


def _expected(schema: dict) -> str:
    words = schema.get("patternErrorMessage") or schema.get("description")
    return f"; expected: {words}" if words else ""
