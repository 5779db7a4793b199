"""Documents against the JSON Schema of their kind; the errors become findings in words.

The ids: ``unknown-key``, ``missing-key``, ``wrong-type`` and ``wrong-value``.
"""

import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from azml.spec.component import Component
from azml.spec.document import Document, Pointer
from azml.spec.finding import Finding, nearest

from .kinds import FOLDER, index, kind_by_shape
from .specs import SpecProject
from .words import describe, expected_types, listed

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

UNKNOWN_KEY, MISSING_KEY, WRONG_TYPE, WRONG_VALUE = "unknown-key", "missing-key", "wrong-type", "wrong-value"

# A file that is wrong throughout says so often enough.
_MOST_ERRORS = 200
_MOST_NAMES = 8


def schema_findings(project: SpecProject) -> Iterator[Finding]:
    """Yield what the schemas find."""
    for spec in project.specs:
        if spec.document.root is not None:
            component = project.components.get((spec.document.path, ()))
            yield from _document_findings(spec.document, spec.kind, component)


def _document_findings(document: Document, kind: str, component: Component | None) -> Iterator[Finding]:
    data = _with_step_types(document.data, component)
    leaves = [leaf for error in _errors(kind, data) for leaf in _leaves(error)]
    if leaves and (other := _fitting_kind(kind, document.data)):
        message = f"this says that the spec is of the kind '{kind}', but it is written as '{other}'"
        yield document.finding(WRONG_VALUE, message, ("$schema",))
        return
    unknown = [each for each in leaves if _rule(each) == UNKNOWN_KEY]
    missing = [each for each in leaves if _rule(each) == MISSING_KEY]
    meant = dict(_meant(unknown, missing))
    explained = {_pointer(each)[:-1] for each in unknown if len(_pointer(each)) > 2}
    for error in leaves:
        if _rule(error) == UNKNOWN_KEY:
            yield _unknown_key(document, error, meant.get(_pointer(error)))
        elif error not in meant.values() and not (error in missing and _pointer(error) in explained):
            yield _finding(document, error)


def _errors(kind: str, data: object) -> list["ValidationError"]:
    return list(islice(_validator(kind).iter_errors(data), _MOST_ERRORS))


def _fitting_kind(kind: str, data: object) -> str | None:
    """Return the kind that a spec with a wrong ``$schema`` fits without an error, or None."""
    if not isinstance(data, dict) or "$schema" not in data:
        return None
    other = kind_by_shape({key: value for key, value in data.items() if key != "$schema"})
    return other if other not in (kind, None) and not _errors(other, data) else None


@cache
def _validator(kind: str) -> "Draft202012Validator":
    # jsonschema is most of the time that a start takes: imported when there is something to validate.
    from .keywords import build_validator

    return build_validator(_bundle(), index()[kind]["ref"])


@cache
def _bundle() -> dict:
    return json.loads((FOLDER / "azureml.schema.json").read_text(encoding="utf-8"))


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
    if error.validator in ("additionalProperties", "propertyNames", None):
        return UNKNOWN_KEY
    if error.validator in ("required", "dependentRequired"):
        return MISSING_KEY
    return WRONG_TYPE if error.validator == "type" or isinstance(error.instance, dict | list) else WRONG_VALUE


def _pointer(error: "ValidationError") -> Pointer:
    return tuple(error.absolute_path)


def _meant(
    unknown: Iterable["ValidationError"], missing: Iterable["ValidationError"]
) -> Iterator[tuple[Pointer, "ValidationError"]]:
    """Yield (place of an unknown key, error of the missing key that it was meant to be)."""
    for error in missing:
        pointers = [_pointer(each) for each in unknown if _pointer(each)[:-1] == _pointer(error)]
        keys = {str(pointer[-1]): pointer for pointer in pointers}
        wanted = str(error.validator_value)
        near = nearest(wanted, keys) or next(
            (each for each in keys if wanted in each or each in wanted), None
        )
        if near:
            yield keys[near], error


def _unknown_key(document: Document, error: "ValidationError", meant: "ValidationError | None") -> Finding:
    pointer = _pointer(error)
    if not pointer:
        return document.finding(UNKNOWN_KEY, "keys stand here that exclude each other")
    known = error.schema.get("properties", ()) if isinstance(error.schema, dict) else ()
    near = meant.validator_value if meant else _nearest_key(str(pointer[-1]), known)
    hint = f"; did you mean '{near}'?" if near else _known(known)
    if error.validator == "propertyNames":
        message = f"'{pointer[-1]}' cannot be a name here{_expected(error.schema)}"
    elif error.validator is None:
        message = f"the key '{pointer[-1]}' cannot stand here"
    else:
        message = f"unknown key '{pointer[-1]}'{hint}"
    return document.finding(UNKNOWN_KEY, message, pointer, key=True)


def _nearest_key(key: str, known: Iterable[str]) -> str | None:
    # Keys share endings such as _settings: what is near has to be nearer than in other names.
    close = get_close_matches(key, known, n=1, cutoff=0.75)
    return next((each for each in (*close, *known) if each in close or _contains(each, key)), None)


def _contains(known: str, key: str) -> bool:
    return len(key) > 3 and (known.endswith(f"_{key}") or key.endswith(f"_{known}"))


def _known(names: Iterable[str]) -> str:
    shown = [name for name in names if name != "$schema"]
    return f"; known here: {', '.join(sorted(shown))}" if 0 < len(shown) <= _MOST_NAMES else ""


def _finding(document: Document, error: "ValidationError") -> Finding:
    rule, pointer = _rule(error), _pointer(error)
    if rule == MISSING_KEY:
        return document.finding(rule, _missing_text(error), pointer, key=True)
    message = _type_text(document, error) if rule == WRONG_TYPE else _value_text(error)
    return document.finding(rule, message, pointer)


def _missing_text(error: "ValidationError") -> str:
    if error.validator == "required":
        return f"the key '{error.validator_value}' is missing"
    return "; ".join(
        f"'{key}' needs {listed(needed)} beside it"
        for key, needed in error.validator_value.items()
        if key in error.instance
    )


def _type_text(document: Document, error: "ValidationError") -> str:
    wanted = expected_types(error.validator_value) if error.validator == "type" else _wanted(error)
    node = document.node(_pointer(error))
    source = document.source(_pointer(error))
    value = describe(error.instance)
    if (
        "string" in error.validator_value
        and error.validator == "type"
        and node
        and node.children is None
        and not node.style
        and source
    ):
        read = f", not {value}" if source == value else f" and YAML reads {source} as {value}"
        return f"a string was expected{read}; quote it"
    return f"{wanted} was expected, not {value}"


def _wanted(error: "ValidationError") -> str:
    return (
        f"one of {', '.join(map(str, error.validator_value))}"
        if error.validator == "enum"
        else "another value"
    )


def _value_text(error: "ValidationError") -> str:
    value, limit = describe(error.instance), error.validator_value
    if error.validator == "enum":
        return f"{value} is not allowed here{_among(error.instance, limit)}{_or_pattern(error)}"
    return _LIMITS.get(error.validator, "{value} is not allowed here{expected}").format(
        value=value, limit=limit, expected=_expected(error.schema)
    )


_LIMITS = {
    "minimum": "{value} is below {limit}, the least allowed here",
    "maximum": "{value} is above {limit}, the most allowed here",
}


def _among(value: object, words: list) -> str:
    if near := nearest(value, map(str, words)):
        return f"; did you mean '{near}'?"
    return f"; allowed: {', '.join(map(str, words))}"


def _or_pattern(error: "ValidationError") -> str:
    """Return the form that is allowed beside the words, where no word is near."""
    wanted = error.schema.get("patternErrorMessage") if isinstance(error.schema, dict) else None
    is_near = nearest(error.instance, map(str, error.validator_value))
    return f" or {wanted}" if wanted and not is_near else ""


def _expected(schema: object) -> str:
    words = (
        schema.get("patternErrorMessage") or schema.get("description") if isinstance(schema, dict) else None
    )
    return f"; expected: {words}" if words else ""
