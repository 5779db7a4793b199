"""A project that knows which of its documents are specs, their kinds, and the files they name."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from azml.core.components import Component
from azml.core.document import Document, Pointer
from azml.core.kinds import is_conda, is_no_component, kind_of
from azml.core.linker import Linker
from azml.core.paths import is_file
from azml.core.place import Place
from azml.core.project import Documents, Project

from .files import COMPONENT, CONDA, ENVIRONMENT, JOB, FileUse, keys_of, uses_in
from .guard import Guard

_KINDS = {ENVIRONMENT: "environment", JOB: "job"}


@dataclass(frozen=True)
class Spec(Place):
    """A document that Azure ML reads, and of which kind it is."""

    kind: str = ""


class SpecProject(Project):
    """Filled by ``follow``: ``kinds`` says what the spec at each path is, ``specs`` holds their documents.

    ``file_uses`` are the local paths that the specs name; ``inner`` those of them that lead to other YAML:
    conda and MLTable files, and components that may not even be YAML. ``empty`` are files that were meant to
    be jobs and have nothing in them. ``resolved`` counts the environments that were resolved.
    """

    def __init__(self, root: Path, documents: Documents | None = None) -> None:
        super().__init__(root, documents)
        self.linker = Linker(self)
        self.guard = Guard()
        self.kinds: dict[Path, str] = {}
        self.specs: list[Spec] = []
        self.file_uses: list[FileUse] = []
        self.inner: set[Path] = set()
        self.empty: list[Path] = []
        self.resolved = 0
        self._used_as_component: set[Path] = set()

    @property
    def components(self) -> dict[tuple[Path, Pointer], Component]:
        """What is linked, by file and place in it."""
        return self.linker.components

    def places(self, key: str) -> list[Place]:
        """Return the places of one of Azure ML's keys in all specs."""
        return self._places.get(key, [])

    @cached_property
    def _places(self) -> dict[object, list[Place]]:
        found: dict[object, list[Place]] = {}
        for spec in self.specs:
            for pointer, _ in keys_of(spec.value):
                found.setdefault(pointer[-1], []).append(Place(spec.document, pointer))
        return found

    @property
    def referenced(self) -> set[Path]:
        """The specs that another spec refers to."""
        steps = [step for component in self.components.values() for step in component.steps.values()]
        used = [each.component for each in steps] + [each.base for each in self.components.values()]
        return {each.document.path for each in used if each} | {use.path for use in self.file_uses}

    def settle_kinds(self, paths: Iterable[Path]) -> None:
        """Look through specs for the files that steps use as components, before any of them is linked.

        azure-ai-ml reads them as components whatever their ``$schema`` says (ComponentYamlRefField in its
        ``_schema/core/fields.py``), so a file's kind does not depend on which file is read first.
        """
        for path in paths:
            document = self.document(path)
            uses = uses_in(document, kind_of(document) or "")
            self._used_as_component |= {_absolute(use.path) for use in uses if use.role == COMPONENT}

    def kind(self, path: Path) -> str | None:
        """Return the kind of the spec at a path, None if it is not a spec."""
        document = self.document(path)
        kind = kind_of(document)
        is_component = _absolute(path) in self._used_as_component and not is_no_component(document)
        return "component" if kind == "job" and is_component else kind

    def follow(self, paths: Iterable[Path]) -> None:
        """Take in the specs at the given paths, and everything they refer to, linked where possible."""
        queue = [(path, self.kind(path)) for path in paths]
        while queue:
            path, kind = queue.pop()
            if kind is None or path in self.kinds:
                continue
            queue += self.guard("files", partial(self._take_in, kind=kind), self.document(path))
            if kind in ("job", "component"):
                queue += self.guard("components", self._link_components, path)

    def _link_components(self, path: Path) -> list[tuple[Path, str | None]]:
        known = len(self.components)
        if isinstance(self.document(path).data, dict):
            self.linker.component(self.document(path), (), is_job=self.kinds[path] == "job")
        new = islice(reversed(self.components), len(self.components) - known)  # the last ones added
        linked = {file for file, _ in new} - {path}
        return [(each, "component") for each in sorted(linked)]

    def _take_in(self, document: Document, kind: str) -> list[tuple[Path, str | None]]:
        """Keep a spec and return the environment and job files that it names."""
        self.kinds[document.path] = kind
        self.specs.append(Spec(document, kind=kind))
        uses = list(uses_in(document, kind))
        self.file_uses += uses
        self.inner |= {self.document(use.inner).path for use in uses if use.inner}
        named = [use for use in uses if use.role in _KINDS and is_file(use.path)]
        return [(use.path, self._kind_named(use)) for use in named]

    def _kind_named(self, use: FileUse) -> str | None:
        """Return the kind of a file that a spec names; None for a conda file, which is no environment."""
        document = self.document(use.path)
        return kind_of(document) or (None if is_conda(document) else _KINDS[use.role])


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def conda_places(project: SpecProject) -> Iterator[Place]:
    """Yield what conda reads: the files that specs name, and inline definitions under ``conda_file``."""
    for path in dict.fromkeys(use.inner for use in project.file_uses if use.role == CONDA and use.inner):
        document = project.document(path)
        if kind_of(document) is None:  # a spec named by mistake is one mistake, not a conda file with many
            yield Place(document)
    yield from (place for place in project.places("conda_file") if isinstance(place.value, dict))
