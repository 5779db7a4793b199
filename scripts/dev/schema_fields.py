"""Turn azure-ai-ml's marshmallow fields into JSON Schema.

The walk goes over schema *instances* (`load_fields`), because some are changed when they are built: inside a
pipeline step every literal field has become a union with `${{ }}` bindings. Every object is closed, also
those whose unknown keys the SDK drops in silence. What lives in Python hooks instead of fields is in
`schema_overrides`; a hook or a validator function that is not known there stops the generator, so that a new
version of the SDK cannot loosen the schemas unnoticed.
"""

import itertools
import json
from pathlib import Path
from typing import Any

from azure.ai.ml._schema.assets.environment import AnonymousEnvironmentSchema
from azure.ai.ml._schema.core import fields as sdk
from azure.ai.ml._schema.core.schema import PathAwareSchema, YamlFileSchema
from azure.ai.ml._utils.utils import camel_to_snake, snake_to_camel, snake_to_pascal
from azure.ai.ml.constants._common import BASE_PATH_CONTEXT_KEY
from marshmallow import Schema as SdkSchema
from marshmallow import fields, validate
from schema_overrides import BOOLEAN, FUNCTION_VALIDATORS, KNOWN_HOOKS, STRINGS, URL, amended
from schema_unions import Unions

Schema = dict
STRING: Schema = {"type": "string"}
ANYTHING: Schema = {"type": ["array", "boolean", "number", "object", "string"]}  # but not null
INTEGER: Schema = {"type": "integer", "x-coerce": True}
NUMBER: Schema = {"type": "number", "x-coerce": True}
CASES = {camel_to_snake: "snake", snake_to_camel: "camel", snake_to_pascal: "pascal", str.upper: "upper"}


class Converter:
    """Collects the object schemas met on the way in `defs`, each once, under a name made from its class."""

    def __init__(self):
        self.defs: dict[str, Schema] = {}
        self.waived: set[str] = set()  # required keys that were left out because they were `supplied`
        self._open: dict[type, str] = {}
        self._unions = Unions(self.resolve)

    def resolve(self, schema: Schema) -> Schema:
        """The object schema behind a `$ref`; other schemas as they are."""
        return self.defs[schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema

    def union(self, alternatives: list[Schema]) -> Schema:
        return self._unions.union(alternatives)

    def object_schema(self, schema: SdkSchema, supplied: tuple[str, ...] = ()) -> Schema:
        """A `$ref` to the closed object that a marshmallow schema loads; `supplied` keys are not required."""
        identity = type(schema)
        if identity in self._open:  # a class that contains itself: the choices of a sweep
            return {"$ref": self._open[identity]}
        _check_hooks(schema)
        outline = f"~{len(self._open)}"
        self.defs[outline] = {"type": "object", "properties": self._words(schema)}
        self._open[identity] = f"#/$defs/{outline}"
        closed = self._closed(schema, supplied)
        del self.defs[outline], self._open[identity]
        return self._define(type(schema).__name__, closed, outline)

    def _words(self, schema: SdkSchema) -> dict[str, Schema]:
        """The enums of a schema: enough to tell it from others while it is being built."""
        return {
            n: _enum(f) for n, f in schema.load_fields.items() if isinstance(f, sdk.StringTransformedEnum)
        }

    def _closed(self, schema: SdkSchema, supplied: tuple[str, ...]) -> Schema:
        properties = {f.data_key or name: self._property(f) for name, f in schema.load_fields.items()}
        for key in _read_only_keys(schema):
            properties.setdefault(key, STRING if key == "$schema" else {})
        closed: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        closed["required"] = [f.data_key or name for name, f in schema.load_fields.items() if f.required]
        closed = amended([cls.__name__ for cls in reversed(type(schema).__mro__)], closed)
        required = set(closed.pop("required"))
        self.waived |= required & set(supplied)
        if required - set(supplied):
            closed["required"] = sorted(required - set(supplied))
        return closed

    def _define(self, class_name: str, schema: Schema, outline: str) -> Schema:
        """File a schema under the first free name; what it refers to as `outline` is itself."""
        base = class_name.strip("_").removesuffix("Schema")
        base = base[0].lower() + base[1:]
        for number in itertools.count(1):
            name = base if number == 1 else f"{base}{number}"
            text = json.dumps(schema).replace(f'"#/$defs/{outline}"', f'"#/$defs/{name}"')
            if self.defs.setdefault(name, json.loads(text)) == json.loads(text):
                return {"$ref": f"#/$defs/{name}"}
        raise AssertionError("there is always a next number")

    def _property(self, field: fields.Field) -> Schema:
        schema = self.union(self.alternatives(field))
        description = " ".join(field.metadata.get("description", "").split())
        return {**schema, "description": description} if description else schema

    def alternatives(self, field: fields.Field) -> list[Schema]:
        """What a field accepts, nested unions flattened, in the order in which the SDK tries them."""
        found = self._of_type(field)
        return [*found, {"type": "null"}] if field.allow_none else found

    def _of_type(self, field: fields.Field) -> list[Schema]:
        match field:
            case sdk.UnionField():
                return [a for inner in field.union_fields for a in self.alternatives(inner)]
            case sdk.ExperimentalField():
                return self.alternatives(field.experimental_field)
            case fields.Nested():
                return self._nested(field)
            case fields.List():
                return [
                    {
                        "type": "array",
                        "items": self.union(self.alternatives(field.inner)),
                        **_validators(field),
                    }
                ]
            case fields.Dict():
                return [self._mapping(field)]
            case sdk.NumberVersionField():
                return [STRINGS["NumberVersion"], {"type": "number"}]
            case sdk.VersionField():
                return [STRING, {"type": "number"}]
            case _:
                return [_scalar(field)]

    def _nested(self, field: fields.Nested) -> list[Schema]:
        if isinstance(field.nested, type) and not issubclass(field.nested, SdkSchema):
            return [{}]  # a slip in the SDK (routes of a model package): it cannot load them itself
        schema = field.schema
        found = [self.object_schema(schema)]
        if isinstance(schema, YamlFileSchema):
            found.append(STRINGS["YamlFile"])
        return [{"type": "array", "items": self.union(found)}] if field.many else found

    def _mapping(self, field: fields.Dict) -> Schema:
        mapping: Schema = {"type": "object"}
        if field.key_field is not None:
            mapping["propertyNames"] = _scalar(field.key_field)
        if field.value_field is not None:
            mapping["additionalProperties"] = self.union(self.alternatives(field.value_field))
        return mapping


def _own_instance(field: fields.Nested) -> SdkSchema:
    """The schema of a nested field, built for this field alone.

    Some fields of the SDK share one schema *instance*, and what a pipeline step adds to it (bindings) would
    show up in every other kind of spec that is looked at later.
    """
    if isinstance(field.nested, SdkSchema):
        field.nested = type(field.nested)
    return SHARED_SCHEMA.fget(field)


SHARED_SCHEMA: Any = fields.Nested.schema
setattr(fields.Nested, "schema", property(_own_instance))  # noqa: B010 (mypy knows it as a method)


def instance(cls: type[SdkSchema]) -> SdkSchema:
    return cls(context={BASE_PATH_CONTEXT_KEY: Path()})


def _scalar(field: fields.Field) -> Schema:
    """The schema of a field that holds one value; an unknown class of field is an error."""
    if isinstance(field, sdk.ArmVersionedStr):
        return STRINGS["Reference" if field.allow_default_version else "VersionedReference"]
    for cls in type(field).__mro__:
        if cls.__name__ in STRINGS:
            return {**STRINGS[cls.__name__], **_validators(field)}
    if isinstance(field, fields.Number):
        return _number(field)
    return _other_scalar(field)


def _other_scalar(field: fields.Field) -> Schema:
    match field:
        case sdk.StringTransformedEnum():
            return _enum(field)
        case fields.Constant():
            return {"enum": [field.constant], "x-case": "snake"}
        case fields.Raw():
            return ANYTHING
        case fields.Boolean():
            return BOOLEAN
        case fields.String():
            rules = _validators(field)
            return rules if "enum" in rules else {**STRING, **rules}
    raise NotImplementedError(f"no JSON Schema for the field class {type(field).__name__}")


def _number(field: fields.Number) -> Schema:
    if isinstance(field, sdk.DumpableIntegerField) and field.strict:
        return {"type": "integer"}
    if isinstance(field, sdk.DumpableFloatField) and field.strict:
        return {"type": "number"}
    return {**(INTEGER if isinstance(field, fields.Integer) else NUMBER), **_validators(field)}


def _enum(field: sdk.StringTransformedEnum) -> Schema:
    """The words that the SDK compares with, and in `x-case` what it does to a value before it compares."""
    words = sorted(set(field.allowed_values))
    if isinstance(field, sdk.DumpableEnumField):
        return {"enum": words}
    return {"enum": words, "x-case": CASES.get(field.casing_transform, "lower")}


def _validators(field: fields.Field) -> Schema:
    """The validators of a field as JSON Schema keywords."""
    rules: Schema = {}
    for rule in field.validators:
        match rule:
            case validate.OneOf():
                rules["enum"] = sorted(rule.choices)
            case validate.Regexp():
                rules["pattern"] = rule.regex.pattern
            case validate.Range():
                rules |= {"minimum": rule.min, "maximum": rule.max}
            case validate.URL():
                rules |= {"pattern": URL, "patternErrorMessage": "an address: https://…"}
            case _:
                rules |= FUNCTION_VALIDATORS[rule.__qualname__]
    return {key: value for key, value in rules.items() if value is not None}


def _read_only_keys(schema: SdkSchema) -> list[str]:
    """Keys that only the service sets: allowed in a file and ignored."""
    if not isinstance(schema, PathAwareSchema):
        return []
    keys = [f.data_key or name for name, f in schema.fields.items() if f.dump_only]
    return sorted({*keys, "name", "version"} if isinstance(schema, AnonymousEnvironmentSchema) else keys)


def _check_hooks(schema: SdkSchema) -> None:
    """Stop at Python checks that no override answers for."""
    for kind, hooks in schema._hooks.items():
        if kind in ("pre_load", "validates", "validates_schema"):
            for name, *_ in hooks:
                qualified = getattr(type(schema), name).__qualname__
                if qualified not in KNOWN_HOOKS:
                    raise NotImplementedError(
                        f"{qualified} is a check of the SDK that schema_overrides does not know"
                    )
