"""The generated JSON Schemas, and right specs of every kind to hold against them."""

import json
from pathlib import Path

import yaml
from azml.core.kinds import NAMES
from azml.validator.schema.error import SchemaError
from azml.validator.schema.keywords import SchemaValidator
from layout import ROOT, SPECS

SCHEMAS = ROOT / "scripts" / "azml" / "validator" / "schema"
BUNDLE = json.loads((SCHEMAS / "azureml.schema.json").read_text(encoding="utf-8"))
INDEX = json.loads((SCHEMAS / "index.json").read_text(encoding="utf-8"))
VALIDATOR = SchemaValidator(BUNDLE)
SPEC_FILES = sorted(SPECS.glob("*.yml"))


def load(path: Path) -> dict:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def spec(name: str) -> dict:
    return load(SPECS / f"{name}.yml")


def kind_of(data: dict) -> str:
    """The kind of spec that `$schema` names."""
    name = data["$schema"].rsplit("/", 1)[-1].removesuffix(".json").removesuffix(".schema").lower()
    return next(kind for kind, names in NAMES.items() if name in [each.lower() for each in names])


def schema_errors(kind: str, data: object) -> list[SchemaError]:
    """What the schema of a kind refuses."""
    return list(VALIDATOR.errors(data, VALIDATOR.definition(INDEX[kind]["ref"])))
