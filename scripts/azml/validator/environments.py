"""The environments that code runs in, and the code that runs in each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from azml.core.document import Document, Pointer
from azml.core.environment import Environment, read_environment
from azml.core.paths import is_script
from azml.core.place import Place
from azml.core.snapshot import Snapshot

from .imports import Code, Source, code_of
from .shell import commands
from .specs import SpecProject

# A command, or a script, that adds to what its environment holds.
_CHANGES = re.compile(
    r"\b(?:pip3?|conda|mamba|poetry|uv)\b.{0,60}?\binstall|\bpip\.(?:_internal|main)|\bactivate\b|PYTHONPATH"
    r"|\bsetup\.py\b",
    re.DOTALL,
)


@dataclass
class EnvironmentUse:
    """An environment and the code that runs in it."""

    environment: Environment
    code: list[Code] = field(default_factory=list)

    @property
    def document(self) -> Document:
        """The document that defines it, or that names it first."""
        return self._place.document

    @property
    def pointer(self) -> Pointer:
        """Where it is defined there, or named."""
        return self._place.pointer

    @property
    def _place(self) -> Place:
        return self.environment.conda or self.environment.definition or self.environment.place

    @cached_property
    def readable(self) -> list[tuple[Code, list[Source]]]:
        """The code whose scripts can be read and install nothing themselves, with the scripts."""
        found = (
            (code, code.sources)
            for code in self.code
            if not _CHANGES.search(code.command) and "PYTHONPATH" not in code.document.text
        )
        return [(code, read) for code, read in found if read and not any(map(_changes, read))]


def environment_uses(project: SpecProject) -> Iterator[EnvironmentUse]:
    """Yield the environments that code runs in, each once; not where a step puts another in its place."""
    uses: dict[tuple, EnvironmentUse] = {}
    for place, code in (*_commands(project), *_servers(project)):
        use = EnvironmentUse(read_environment(project, place))
        key = (use.document.path, use.pointer, use.environment.image)
        uses.setdefault(key, use).code.append(code)
    yield from uses.values()


def _commands(project: SpecProject) -> Iterator[tuple[Place, Code]]:
    steps = [step for component in project.components.values() for step in component.steps.values()]
    replaced = {id(step.component) for step in steps if "environment" in step.data and not step.is_inline}
    for command in commands(project):
        component = command.component
        if "environment" in component.data and id(component) not in replaced:
            place = Place(component.document, (*component.pointer, "environment"))
            yield place, code_of(command)


def _servers(project: SpecProject) -> Iterator[tuple[Place, Code]]:
    """Yield the scoring scripts of deployments."""
    for use in project.file_uses:
        place = Place(use.document, (*use.pointer[:-2], "environment"))
        if use.pointer[-1] == "scoring_script" and use.document.has(place.pointer) and is_script(use.path):
            yield place, Code(use.document, use.pointer, Snapshot(use.base), ((use.path, False),))


def _changes(source: Source) -> bool:
    return _CHANGES.search(source.text) is not None
