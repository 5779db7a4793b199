"""Data against the JSON Schema of its kind: the errors, each at the place that says most."""

from collections.abc import Iterator
from itertools import islice

from azml.core.finding import nearest

from .bundle import bundle, index
from .error import SchemaError
from .keywords import SchemaValidator

# A file that is wrong throughout says so often enough.
_MOST_ERRORS = 200


def validate(kind: str, data: object) -> list[SchemaError]:
    """Return what is wrong with the data of a spec of a kind, in the order of the schema."""
    validator = SchemaValidator(bundle())
    errors = islice(validator.errors(data, validator.definition(index()[kind]["ref"])), _MOST_ERRORS)
    return [leaf for error in errors for leaf in _leaves(error)]


def _leaves(error: SchemaError) -> Iterator[SchemaError]:
    """Yield the errors that say what is wrong: of alternatives, those that got furthest."""
    if not error.alternatives:
        yield error
        return
    inner = [leaf for each in error.alternatives for leaf in _leaves(each)]
    deepest = max(len(each.place) for each in inner)
    yield min((each for each in inner if len(each.place) == deepest), key=_vagueness)


def _vagueness(error: SchemaError) -> int:
    """Return how little an error says: least for a misspelled word, then for one that names a form."""
    if error.keyword == "enum" and isinstance(error.value, str):
        return 0 if nearest(error.value, map(str, error.wanted)) else 2
    return 1 if error.keyword == "pattern" else 2
