"""How a rule reports what it found: an error or a warning at a place, and related places."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

from azml.core.document import Document, Pointer
from azml.core.finding import WARNING, Finding, Fix, Related
from azml.core.place import Place

Findings = Iterator[Finding]


class Located(Protocol):
    """Anything with a place in a document: a component, a step, a port, a call, a path."""

    @property
    def document(self) -> Document: ...

    @property
    def pointer(self) -> Pointer: ...


def error(
    message: str, where: Located, *path: str | int, text: str = "", at: int | None = None, **more: Any
) -> Finding:
    """Return a finding at the value under ``path``; the caller adds the rule's id.

    ``key`` marks the key, ``text`` a word of the value: the first, or the one at the offset ``at``.
    """
    return _place(where, path, text, at).finding("", message, **more)


def put(
    new: str | None, where: Located, *path: str | int, text: str = "", at: int | None = None, **more
) -> Fix | None:
    """Return the fix that puts another text where ``error`` marks one; ``more`` are ``key``, ``is_safe``."""
    return _place(where, path, text, at).fix(new, **more)


def _place(where: Located, path: tuple[str | int, ...], text: str, at: int | None) -> Place:
    place = Place(where.document, (*where.pointer, *path))
    if isinstance(where, Place) and not path:
        place = where  # it may be a part of a value
    if text:
        place = place.word(text) if at is None else place.part(at, at + len(text))
    return place


warning = partial(error, severity=WARNING)


def see(message: str, where: Located, *path: str | int) -> tuple[Related, ...]:
    """Return a place that explains a finding, for its ``related``."""
    return (Place(where.document, (*where.pointer, *path)).related(message),)
