"""Data against the JSON Schema of its kind: the errors, each at the place that says most."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azml.core.document import Pointer
from azml.core.finding import nearest

from ..rule import Rule
from ..rules.missing_key import RULE as MISSING_KEY
from ..rules.unknown_key import RULE as UNKNOWN_KEY
from ..rules.wrong_type import RULE as WRONG_TYPE
from ..rules.wrong_value import RULE as WRONG_VALUE

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_FOLDER = Path(__file__).parent

# A file that is wrong throughout says so often enough.
_MOST_ERRORS = 200


@dataclass(frozen=True, eq=False)
class SchemaError:
    """What a schema refuses: at an unknown key, in the mapping that lacks a key, or at a wrong value.

    ``keyword`` is the word of JSON Schema that is not met, ``wanted`` its value, ``schema`` what holds it.
    """

    keyword: str
    place: Pointer
    value: Any
    wanted: Any
    schema: dict[str, Any]

    @property
    def rule(self) -> Rule:
        """The rule that the error belongs to."""
        if self.keyword in ("additionalProperties", "propertyNames"):
            return UNKNOWN_KEY
        if self.keyword in ("required", "dependentRequired"):
            return MISSING_KEY
        return WRONG_TYPE if self.keyword == "type" or isinstance(self.value, dict | list) else WRONG_VALUE

    @property
    def known_keys(self) -> dict[str, Any]:
        """The keys that the mapping may have, with their schemas."""
        return self.schema.get("properties", {})


def validate(kind: str, data: object) -> list[SchemaError]:
    """Return what is wrong with the data of a spec of a kind, in document order."""
    errors = islice(_validator(kind).iter_errors(data), _MOST_ERRORS)
    return [_plain(leaf) for error in errors for leaf in _leaves(error)]


def _plain(error: "ValidationError") -> SchemaError:
    place = tuple(error.absolute_path)
    schema: Any = error.schema
    return SchemaError(str(error.validator), place, error.instance, error.validator_value, schema)


@cache
def index() -> dict[str, dict]:
    """Return the index of the schemas (see ``scripts/dev/make_schemas.py``)."""
    return json.loads((_FOLDER / "index.json").read_text(encoding="utf-8"))


@cache
def _bundle() -> dict:
    return json.loads((_FOLDER / "azureml.schema.json").read_text(encoding="utf-8"))


@cache
def _validator(kind: str) -> "Draft202012Validator":
    # Importing jsonschema takes most of the start-up time: only when there is something to validate.
    from .keywords import build_validator

    return build_validator(_bundle(), index()[kind]["ref"])


def _leaves(error: "ValidationError") -> Iterator["ValidationError"]:
    """Yield the errors that say what is wrong: of alternatives, those that got furthest."""
    if not error.context:
        yield error
        return
    inner = [leaf for each in error.context for leaf in _leaves(each)]
    deepest = max(len(each.absolute_path) for each in inner)
    yield min((each for each in inner if len(each.absolute_path) == deepest), key=_vagueness)


def _vagueness(error: "ValidationError") -> int:
    """Return how little an error says: least for a misspelled word, then for one that names a form."""
    words: Any = error.validator_value
    if error.validator == "enum" and isinstance(error.instance, str):
        return 0 if nearest(error.instance, map(str, words)) else 2
    return 1 if error.validator == "pattern" else 2
