"""Which key was meant by an unknown one, so that a misspelled key is one finding and not two."""

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from azml.core.document import Pointer
from azml.core.finding import NEARLY_THE_SAME, nearest
from azml.core.values import JSON

from ..synonyms import meant_among
from .error import MISSING_KEY, UNKNOWN_KEY, WRONG_TYPE, SchemaError

# More known keys than this are not listed.
MOST_NAMES = 8


def explain_missing_keys(
    errors: list[SchemaError],
) -> tuple[list[SchemaError], dict[Pointer, SchemaError]]:
    """Return the errors to report, and for unknown keys (by their places) the missing key that was meant."""
    unknown = {each.place: each for each in errors if each.rule is UNKNOWN_KEY}
    explained = {place[:-1] for place in unknown if len(place) > 2 or place == ("component",)}
    remaining, meant = [], {}
    for error in errors:
        is_missing = error.rule is MISSING_KEY
        place = _guess(_Missing(error, unknown)) if is_missing and isinstance(error.wanted, str) else None
        if place and place not in meant:
            meant[place] = error
        elif not is_missing or error.place not in explained:
            remaining.append(error)
    return remaining, meant


def lost_indents(errors: list[SchemaError], data: JSON) -> tuple[list[SchemaError], dict[SchemaError, str]]:
    """Return the errors with one for each section whose keys lost their indent, and these by that section."""
    unknown = {each.place: each for each in errors if each.rule is UNKNOWN_KEY}
    dropped, lost = set(), {}
    for error in errors:
        below = list(_below(error, unknown, data)) if error.rule is WRONG_TYPE and error.value is None else []
        if below:
            lost[below[0]] = str(error.place[-1])
            dropped |= {error, *below[1:]}
    return [each for each in errors if each not in dropped], lost


def _below(error: SchemaError, unknown: dict[Pointer, SchemaError], data: JSON) -> Iterator[SchemaError]:
    """Yield the unknown keys that stand right below a section which is empty."""
    *outer, section = error.place
    holder = functools.reduce(lambda node, key: node[key], outer, data)
    keys = list(holder) if isinstance(holder, dict) else [section]
    for key in keys[keys.index(section) + 1 :]:
        if (*outer, key) not in unknown:
            return
        yield unknown[(*outer, key)]


def nearest_key(key: str, known: Iterable[str]) -> str | None:
    """Return the known key that was probably meant by an unknown one, or None."""
    if meant := meant_among(key, known):
        return meant
    # Keys share endings such as _settings: what is near has to be nearer than in other names.
    known = list(known)
    swapped = (each for each in known if sorted(each) == sorted(key))  # letters of a short word
    close = nearest(key, known, NEARLY_THE_SAME) or next(swapped, None)
    longer = [each for each in known if each.startswith(f"{key}_")]
    contains = next((each for each in known if _contains(each, key)), None)
    return close or contains or (longer[0] if len(longer) == 1 else None)


def _contains(known: str, key: str) -> bool:
    is_beginning = len(known) > 4 and key.startswith(f"{known}_")
    return is_beginning or (len(key) > 3 and (known.endswith(f"_{key}") or key.endswith(f"_{known}")))


@dataclass(frozen=True)
class _Missing:
    """A missing key, and the document's unknown keys by their places."""

    error: SchemaError
    unknown: dict[Pointer, SchemaError]

    @property
    def key(self) -> str:
        return str(self.error.wanted)

    @property
    def place(self) -> Pointer:
        return self.error.place

    @property
    def beside(self) -> dict[str, Pointer]:
        """The unknown keys of the mapping that lacks the key."""
        return {str(place[-1]): place for place in self.unknown if place[:-1] == self.place}


def _indented_too_little(missing: _Missing) -> Pointer | None:
    above = (*missing.place[:-1], missing.key)
    return above if missing.place and above in missing.unknown else None


def _indented_too_much(missing: _Missing) -> Pointer | None:
    depth = len(missing.place)
    inner = (each for each in missing.unknown if len(each) == depth + 2 and each[:depth] == missing.place)
    return next((each for each in inner if each[-1] == missing.key), None)


def _nearly_the_same(missing: _Missing) -> Pointer | None:
    near = nearest(missing.key, missing.beside)
    return missing.beside[near] if near else None


def _part_or_synonym(missing: _Missing) -> Pointer | None:
    for key, place in missing.beside.items():
        if missing.key in key or key in missing.key or meant_among(key, [missing.key]):
            return place
    return None


_GUESSES: tuple[Callable[[_Missing], Pointer | None], ...] = (
    _indented_too_little,
    _indented_too_much,
    _nearly_the_same,
    _part_or_synonym,
)


def _guess(missing: _Missing) -> Pointer | None:
    """Return the place of the unknown key that was meant to be a missing one, or None."""
    return next(filter(None, (guess(missing) for guess in _GUESSES)), None)
