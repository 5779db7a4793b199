"""A JSON Schema validator for the schemas beside it: the keywords they use, and one error per mistake.

It is not the package jsonschema, whose import takes longer than most checks and which makes an object for
every value it looks at. The keywords mean what JSON Schema (2020-12) says, but for these:

- `x-case` beside `enum` transforms a word as Azure ML does before it compares it ("lower", "upper", "snake",
  "camel", "pascal"; "any" ignores capitals); `x-coerce` beside `type` takes numbers in quotes, and words and
  0/1 for booleans.
- `additionalProperties: false` gives one error for each unknown key, at that key; `error.known_keys` are
  those it could have been.
- `required` gives one error for each missing key; `error.place` is the mapping that lacks it, and
  `error.wanted` the missing key.
- `propertyNames` gives one error for each wrong key, at that key; `error.value` is the key, and
  `error.schema` what it does not meet.
- a key that must not be here has the schema `{"not": {}}`: `error.keyword` is "not".
- `error.schema.get("patternErrorMessage")` says what a string that does not match should look like.
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from azml.core.document import Pointer

from .error import SchemaError

BOOLEAN_WORDS = {"t", "true", "on", "y", "yes", "1", "f", "false", "off", "n", "no", "0"}
LOCAL = "#/$defs/"
Errors = Iterator[SchemaError]


class SchemaValidator:
    """Holds values against schemas that refer to the definitions of one bundle."""

    def __init__(self, bundle: dict) -> None:
        self._definitions = bundle["$defs"]

    def definition(self, reference: str) -> dict:
        """Return the schema that a reference names, "#/$defs/kind_job"."""
        return self._definitions[reference.removeprefix(LOCAL)]

    def accepts(self, value: Any, schema: dict) -> bool:
        """Tell whether a value meets a schema."""
        return next(self.errors(value, schema), None) is None

    def errors(self, value: Any, schema: dict, place: Pointer = ()) -> Errors:
        """Yield what a schema refuses in the value at a place, keyword by keyword."""
        for keyword, wanted in schema.items():
            if test := TESTS.get(keyword):
                if not test(value, wanted, schema):
                    yield SchemaError(keyword, place, value, wanted, schema)
            elif walk := WALKS.get(keyword):
                yield from walk(self, value, wanted, schema, place)


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


# The keywords that look at a value alone: each takes the value, what the schema says, and the schema.


def _enum(value: Any, words: list, schema: dict) -> bool:
    """1 is not True here, as in YAML."""
    transform = CASES.get(schema.get("x-case", ""))
    if schema.get("x-case") == "any":
        transform, words = str.lower, [word.lower() for word in words]
    value = transform(value) if transform and isinstance(value, str) else value
    return any(value == word and type(value) is type(word) for word in words)


def _type(value: Any, types: str | list[str], schema: dict) -> bool:
    names = [types] if isinstance(types, str) else types
    if any(TYPES[name](value) for name in names):
        return True
    return "x-coerce" in schema and any(_coerces(value, name) for name in names)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TYPES: dict[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
    "null": lambda value: value is None,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _coerces(value: Any, name: str) -> bool:
    """Tell whether Azure ML turns a value of another type into the named one."""
    if name == "boolean":
        return value in (0, 1) if isinstance(value, int | float) else str(value).lower() in BOOLEAN_WORDS
    if name in ("integer", "number") and isinstance(value, str):
        return _reads_as(value, int if name == "integer" else float)
    return False


def _reads_as(text: str, kind: type[int] | type[float]) -> bool:
    try:
        return math.isfinite(kind(text))
    except (ValueError, OverflowError):
        return False


def _pattern(value: Any, pattern: str, _: dict) -> bool:
    return not isinstance(value, str) or bool(re.search(pattern, value))


def _is_unique(value: Any, is_wanted: bool, _: dict) -> bool:
    """Tell whether no text stands twice in a list: the schemas ask it of lists of strings alone."""
    texts = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    return len(set(texts)) == len(texts)


TESTS: dict[str, Callable[[Any, Any, dict], bool]] = {
    "enum": _enum,
    "maxItems": lambda value, most, _: not isinstance(value, list) or len(value) <= most,
    "maxProperties": lambda value, most, _: not isinstance(value, dict) or len(value) <= most,
    "maximum": lambda value, most, _: not _is_number(value) or not value > most,
    "minItems": lambda value, least, _: not isinstance(value, list) or len(value) >= least,
    "minProperties": lambda value, least, _: not isinstance(value, dict) or len(value) >= least,
    "minimum": lambda value, least, _: not _is_number(value) or not value < least,
    "pattern": _pattern,
    "type": _type,
    "uniqueItems": _is_unique,
}

# The keywords that hold other schemas against the value or its parts, or give several errors.


def _ref(validator: SchemaValidator, value: Any, reference: str, _: dict, place: Pointer) -> Errors:
    return validator.errors(value, validator.definition(reference), place)


def _properties(validator: SchemaValidator, value: Any, schemas: dict, _: dict, place: Pointer) -> Errors:
    if isinstance(value, dict):
        for key, schema in schemas.items():
            if key in value:
                yield from validator.errors(value[key], schema, (*place, key))


def _additional_properties(
    validator: SchemaValidator, value: Any, allowed: dict | bool, schema: dict, place: Pointer
) -> Errors:
    known = schema.get("properties", {})
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in known:
            continue
        if allowed is False:
            yield SchemaError("additionalProperties", (*place, key), inner, allowed, schema)
        elif isinstance(allowed, dict):
            yield from validator.errors(inner, allowed, (*place, key))


def _property_names(validator: SchemaValidator, value: Any, names: dict, _: dict, place: Pointer) -> Errors:
    for key in value if isinstance(value, dict) else ():
        for error in validator.errors(key, names):
            yield SchemaError("propertyNames", (*place, key), key, names, error.schema)


def _required(_: SchemaValidator, value: Any, keys: list[str], schema: dict, place: Pointer) -> Errors:
    if isinstance(value, dict):
        for key in keys:
            if key not in value:
                yield SchemaError("required", place, value, key, schema)


def _dependent_required(
    _: SchemaValidator, value: Any, needs: dict[str, list[str]], schema: dict, place: Pointer
) -> Errors:
    for key, needed in needs.items() if isinstance(value, dict) else ():
        if key in value and not set(needed) <= set(value):
            yield SchemaError("dependentRequired", place, value, needs, schema)


def _items(validator: SchemaValidator, value: Any, schema: dict, _: dict, place: Pointer) -> Errors:
    for index, item in enumerate(value) if isinstance(value, list) else ():
        yield from validator.errors(item, schema, (*place, index))


def _all_of(validator: SchemaValidator, value: Any, schemas: list, _: dict, place: Pointer) -> Errors:
    for schema in schemas:
        yield from validator.errors(value, schema, place)


def _any_of(validator: SchemaValidator, value: Any, schemas: list, schema: dict, place: Pointer) -> Errors:
    found: list[SchemaError] = []
    for each in schemas:
        errors = list(validator.errors(value, each, place))
        if not errors:
            return
        found += errors
    yield SchemaError("anyOf", place, value, schemas, schema, tuple(found))


def _not(validator: SchemaValidator, value: Any, refused: dict, schema: dict, place: Pointer) -> Errors:
    if validator.accepts(value, refused):
        yield SchemaError("not", place, value, refused, schema)


def _if(validator: SchemaValidator, value: Any, condition: dict, schema: dict, place: Pointer) -> Errors:
    branch = "then" if validator.accepts(value, condition) else "else"
    return validator.errors(value, schema.get(branch, {}), place)


WALKS: dict[str, Callable[[SchemaValidator, Any, Any, dict, Pointer], Errors]] = {
    "$ref": _ref,
    "additionalProperties": _additional_properties,
    "allOf": _all_of,
    "anyOf": _any_of,
    "dependentRequired": _dependent_required,
    "if": _if,
    "items": _items,
    "not": _not,
    "properties": _properties,
    "propertyNames": _property_names,
    "required": _required,
}
