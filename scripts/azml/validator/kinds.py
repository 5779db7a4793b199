"""What kind of spec each document is, by the names that the schemas' index gives the kinds.

A document is what its ``$schema`` says, else what it is referenced as, else what its shape shows.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from azml.spec.document import Document
from azml.spec.kind import ASSET_KINDS, JOB_KINDS, kind_of

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parent / "schemas"


@cache
def index() -> dict[str, dict]:
    """Return the index of the schemas: kind -> where its schema is and how its specs are recognised."""
    return json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))


@cache
def _by_name() -> dict[str, str]:
    return {name.lower(): kind for kind, entry in index().items() for name in entry["names"]}


def spec_kind(document: Document) -> str | None:
    """Return the kind of a document (``job``, ``component``, ``environment``, ...); None: not a spec."""
    name = kind_of(document)
    if name is None:
        return kind_by_shape(document.data)
    if name in JOB_KINDS:
        return "job"
    kind = _by_name().get(name.lower()) or ASSET_KINDS.get(name)
    if kind == "batch_deployment" and "settings" in document.data:
        return "model_batch_deployment"  # az goes by the shape: samples of both name the same schema
    return kind


def kind_by_shape(data: object) -> str | None:
    """Return the kind that data without ``$schema`` has the shape of, or None."""
    if not isinstance(data, dict) or "$schema" in data or len(_telling_keys() & data.keys()) < 2:
        return None
    return next((kind for kind, shape in _shapes().items() if shape.is_valid(data)), None)


@cache
def _telling_keys() -> frozenset[str]:
    """Return the keys that some shape requires; YAML with hardly any of them needs no closer look."""

    def keys(shape: object) -> Iterator[str]:
        for name, value in shape.items() if isinstance(shape, dict) else ():
            yield from value if name == "required" else keys(value)
        for each in shape if isinstance(shape, list) else ():
            yield from keys(each)

    return frozenset(key for entry in index().values() for key in keys(entry["recognise"]))


@cache
def _shapes() -> dict[str, "Draft202012Validator"]:
    # Imported late: jsonschema is most of the time that a start takes.
    from jsonschema import Draft202012Validator

    shapes = {kind: entry["recognise"] for kind, entry in index().items()}
    return {kind: Draft202012Validator(shape) for kind, shape in shapes.items() if shape}
