"""The environments that commands run in, and the code that runs in each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from azml.core.document import Document, Pointer
from azml.core.environment import Environment, read_environment
from azml.core.place import Place

from .imports import Source, sources
from .shell import Command, commands
from .specs import SpecProject

# A command, or a script, that adds to what its environment holds.
_CHANGES = re.compile(
    r"\b(?:pip3?|conda|mamba|poetry|uv)\b.{0,40}?\binstall|\bactivate\b|PYTHONPATH", re.DOTALL
)


@dataclass
class EnvironmentUse:
    """An environment and the commands that run in it."""

    environment: Environment
    commands: list[Command] = field(default_factory=list)

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
    def code(self) -> list[tuple[Command, list[Source]]]:
        """The commands whose scripts can be read and install nothing themselves, with the scripts."""
        found = (
            (command, sources(command)) for command in self.commands if not _CHANGES.search(command.text)
        )
        return [(command, read) for command, read in found if read and not any(map(_changes, read))]


def environment_uses(project: SpecProject) -> Iterator[EnvironmentUse]:
    """Yield the environments that commands name, each once; not where a step puts another in its place."""
    steps = [step for component in project.components.values() for step in component.steps.values()]
    replaced = {id(step.component) for step in steps if "environment" in step.data and not step.is_inline}
    uses: dict[tuple, EnvironmentUse] = {}
    for command in commands(project):
        component = command.component
        if "environment" not in component.data or id(component) in replaced:
            continue
        place = Place(component.document, (*component.pointer, "environment"))
        use = EnvironmentUse(read_environment(project, place))
        key = (use.document.path, use.pointer, use.environment.image)
        uses.setdefault(key, use).commands.append(command)
    yield from uses.values()


def _changes(source: Source) -> bool:
    return _CHANGES.search(source.text) is not None
