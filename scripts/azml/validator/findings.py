"""How a rule says what it found: an error or a warning at a place, and other places that explain it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from azml.core.components import mapping
from azml.core.document import Document, Pointer
from azml.core.finding import WARNING, Finding, Related
from azml.core.scopes import finding_at

Findings = Iterator[Finding]


class Located(Protocol):
    """Whatever stands somewhere in a document: a component, a step, a port, a call, a path."""

    document: Document
    pointer: Pointer


@dataclass(frozen=True)
class Place:
    """A value and where it stands."""

    document: Document
    pointer: Pointer
    value: object = None

    @property
    def data(self) -> dict:
        """The value if it is a mapping, else an empty one."""
        return mapping(self.value)

    @property
    def text(self) -> str:
        """The value if it is a text, else an empty one."""
        return self.value if isinstance(self.value, str) else ""


def sequence(value: object) -> list:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def error(message: str, where: Located, *path: str | int, **more: object) -> Finding:
    """Return a finding at what stands under ``path``, for the caller to put its rule's id on.

    ``key`` marks the key and ``text`` a part of the value, the one that follows ``before`` there.
    """
    return finding_at(where.document, "", message, (*where.pointer, *path), **more)


warning = partial(error, severity=WARNING)


def see(message: str, where: Located, *path: str | int) -> tuple[Related]:
    """Return another place that explains a finding, its ``related``."""
    return (where.document.related(message, (*where.pointer, *path)),)
