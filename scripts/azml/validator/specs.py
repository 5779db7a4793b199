"""A project that knows which of its documents are specs, of which kind, and which files they name."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from azml.spec.document import Document, Pointer
from azml.spec.project import Project

from .files import COMPONENT, CONDA, DATA, ENVIRONMENT, JOB, FileUse, keys_of, uses_in
from .kinds import spec_kind

_KINDS = {ENVIRONMENT: "environment", JOB: "job"}


class SpecProject(Project):
    """Filled by ``follow``: ``kinds`` says what the spec at each path is, ``specs`` holds their documents.

    ``file_uses`` are the local paths that the specs name; ``inner`` those of them that lead to other YAML:
    conda and MLTable files, and components that may not even be YAML.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.kinds: dict[Path, str] = {}
        self.specs: list[tuple[Document, str]] = []
        self.file_uses: list[FileUse] = []
        self.inner: set[Path] = set()

    def places(self, key: str) -> list[tuple[Document, Pointer, object]]:
        """Return (document, pointer, value) of what stands in the specs under one of Azure ML's keys."""
        return self._places.get(key, [])

    @cached_property
    def _places(self) -> dict[object, list[tuple[Document, Pointer, object]]]:
        found: dict[object, list[tuple[Document, Pointer, object]]] = {}
        for document, _ in self.specs:
            for pointer, value in keys_of(document.data):
                found.setdefault(pointer[-1], []).append((document, pointer, value))
        return found

    @property
    def referenced(self) -> set[Path]:
        """The specs that another spec refers to."""
        steps = [step for component in self.components.values() for step in component.steps.values()]
        used = [each.component for each in steps] + [each.base for each in self.components.values()]
        return {each.document.path for each in used if each} | {use.path for use in self.file_uses}

    def follow(self, paths: Iterable[Path]) -> None:
        """Take in the specs at the given paths, and all that they refer to: linked where they can be."""
        queue = [(path, spec_kind(self.document(path))) for path in paths]
        while queue:
            path, kind = queue.pop()
            if kind is None or path in self.kinds:
                continue
            queue += self._take_in(self.document(path), kind)
            if kind in ("job", "component"):
                queue += self._link_components(path)

    def _link_components(self, path: Path) -> list[tuple[Path, str]]:
        known = set(self.components)
        self.link(path)
        linked = {key: each for key, each in self.components.items() if key not in known}
        return [
            (key[0], spec_kind(each.document) or "component")
            for key, each in linked.items()
            if key[0] != path
        ]

    def _take_in(self, document: Document, kind: str) -> list[tuple[Path, str]]:
        """Keep a spec and return the environment and job files that it names."""
        self.kinds[document.path] = kind
        self.specs.append((document, kind))
        uses = list(uses_in(document, kind))
        self.file_uses += uses
        for use in uses:
            if inner := _document_of(use):
                self.inner.add(self.document(inner).path)
        named = [use for use in uses if use.role in _KINDS and use.path.is_file()]
        return [(use.path, spec_kind(self.document(use.path)) or _KINDS[use.role]) for use in named]


def _document_of(use: FileUse) -> Path | None:
    """Return the file that a path leads to, if it is read as YAML whatever it holds."""
    if use.role in (CONDA, COMPONENT):
        path = use.path
    elif use.role == DATA and use.type == "mltable":
        path = use.path / "MLTable"
    else:
        return None
    return path if path.is_file() else None
