"""A JSON Schema validator for the schemas beside it: their own keywords, and one error per mistake.

How it differs from jsonschema's Draft202012Validator, for whoever reads `validator.iter_errors(spec)`:

- `x-case` beside `enum` transforms a word as Azure ML does before it compares it ("lower", "upper", "snake",
  "camel", "pascal"; "any" ignores capitals); `x-coerce` beside `type` takes numbers in quotes, and words and
  0/1 for booleans.
- `additionalProperties: false` gives one error for each unknown key; `absolute_path` ends with that key, and
  `error.schema["properties"]` holds the names it could have been.
- `required` gives one error for each missing key; `absolute_path` is the mapping that lacks it, and
  `error.validator_value` the missing key.
- `propertyNames` gives one error for each wrong key; `absolute_path` ends with that key, `error.instance` is
  the key, and `error.validator` is "propertyNames".
- a key that must not be here has the schema `{"not": {}}`: `error.validator` is "not".
- `error.schema.get("patternErrorMessage")` says what a string that does not match should look like.
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

BOOLEAN_WORDS = {"t", "true", "on", "y", "yes", "1", "f", "false", "off", "n", "no", "0"}
LOCAL = "#/$defs/"
Errors = Iterator[ValidationError]


def build_validator(bundle: dict, ref: str) -> Draft202012Validator:
    """A validator for one kind of spec: `ref` is where it starts in the bundle, "#/$defs/kind_job"."""
    definitions = bundle["$defs"]

    def follow(validator: Any, reference: str, instance: Any, _: dict) -> Errors:
        return validator.descend(instance, definitions[reference.removeprefix(LOCAL)])

    return extend(Draft202012Validator, {**KEYWORDS, "$ref": follow})({"$ref": ref})


def _snake(word: str) -> str:
    word = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", word)
    return re.sub("([a-z0-9])([A-Z])", r"\1_\2", word).lower()


def _camel(word: str) -> str:
    return re.sub("_([a-zA-Z0-9])", lambda match: match[1].upper(), word)


def _pascal(word: str) -> str:
    return "".join(part.capitalize() for part in word.split("_"))


CASES: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "snake": _snake,
    "camel": _camel,
    "pascal": _pascal,
}


def _enum(validator: Any, words: list, instance: Any, schema: dict) -> Errors:
    """`enum` that honours `x-case`; 1 is not True here, as in YAML."""
    transform = CASES.get(schema.get("x-case", ""))
    if schema.get("x-case") == "any":
        transform, words = str.lower, [word.lower() for word in words]
    value = transform(instance) if transform and isinstance(instance, str) else instance
    if not any(value == word and type(value) is type(word) for word in words):
        yield ValidationError(f"{instance!r} is not one of {words!r}")


def _type(validator: Any, types: str | list[str], instance: Any, schema: dict) -> Errors:
    """`type` that honours `x-coerce`."""
    names = [types] if isinstance(types, str) else types
    if any(validator.is_type(instance, name) for name in names):
        return
    if "x-coerce" in schema and any(_coerces(instance, name) for name in names):
        return
    yield ValidationError(f"{instance!r} is not of type {', '.join(names)}")


def _coerces(value: Any, name: str) -> bool:
    """Whether Azure ML turns a value of another type into the named one."""
    if name == "boolean":
        return value in (0, 1) if isinstance(value, int | float) else str(value).lower() in BOOLEAN_WORDS
    if name in ("integer", "number") and isinstance(value, str):
        return _is_number(value, int if name == "integer" else float)
    return False


def _is_number(text: str, kind: type[int] | type[float]) -> bool:
    try:
        return math.isfinite(kind(text))
    except (ValueError, OverflowError):
        return False


def _additional_properties(validator: Any, allowed: dict | bool, instance: Any, schema: dict) -> Errors:
    """`additionalProperties`, one error for each unknown key."""
    if not isinstance(instance, dict):
        return
    known = schema.get("properties", {})
    for key, value in instance.items():
        if key in known:
            continue
        if allowed is False:
            yield ValidationError(f"{key!r} is not a known key", path=[key], instance=value)
        else:
            yield from validator.descend(value, allowed, path=key)


def _required(validator: Any, keys: list[str], instance: Any, schema: dict) -> Errors:
    """`required`, with the missing key in `validator_value`."""
    if isinstance(instance, dict):
        for key in keys:
            if key not in instance:
                yield ValidationError(f"{key!r} is missing", validator_value=key)


def _property_names(validator: Any, schema_of_names: dict, instance: Any, schema: dict) -> Errors:
    """`propertyNames`, one error for each wrong key."""
    if isinstance(instance, dict):
        for key in instance:
            for error in validator.descend(key, schema_of_names):
                yield ValidationError(error.message, path=[key], instance=key, schema=error.schema)


KEYWORDS = {
    "additionalProperties": _additional_properties,
    "enum": _enum,
    "propertyNames": _property_names,
    "required": _required,
    "type": _type,
}
