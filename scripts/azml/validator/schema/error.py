"""What a schema refuses, as a value."""

from dataclasses import dataclass
from typing import Any

from azml.core.document import Pointer

from ..rule import Rule
from ..rules.missing_key import RULE as MISSING_KEY
from ..rules.unknown_key import RULE as UNKNOWN_KEY
from ..rules.wrong_type import RULE as WRONG_TYPE
from ..rules.wrong_value import RULE as WRONG_VALUE


@dataclass(frozen=True, eq=False)
class SchemaError:
    """What a schema refuses: at an unknown key, in the mapping that lacks a key, or at a wrong value.

    ``keyword`` is the word of JSON Schema that is not met, ``wanted`` its value, ``schema`` what holds it;
    ``alternatives`` are the errors of all the schemas of an ``anyOf``.
    """

    keyword: str
    place: Pointer
    value: Any
    wanted: Any
    schema: dict[str, Any]
    alternatives: tuple["SchemaError", ...] = ()

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
