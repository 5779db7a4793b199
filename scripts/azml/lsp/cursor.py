"""What stands at a place of a spec: its pointer, the binding in it, the component it belongs to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from azml.core.bindings import resolve
from azml.core.components import Component, Port, Step
from azml.core.document import Document, Pointer
from azml.core.expressions import INPUT, OUTPUT, SEARCH_SPACE, Binding, find_bindings
from azml.core.values import mapping
from azml.validator.specs import SpecProject

PORTS = (INPUT, OUTPUT)
_KEY = re.compile(r"\s*(?:- +)?(?P<key>[\w$.-]+)\s*:(?:\s|$)")


@dataclass(frozen=True)
class Cursor:
    """A place in a file of a project; ``line`` and ``column`` count from 0."""

    project: SpecProject
    path: Path
    text: str
    line: int
    column: int

    @cached_property
    def document(self) -> Document:
        """The file, as it was when it last was YAML."""
        return self.project.document(self.path)

    @cached_property
    def lines(self) -> list[str]:
        """The lines as the editor shows them."""
        return self.text.split("\n")

    @property
    def before(self) -> str:
        """The line up to the cursor."""
        return self.lines[self.line][: self.column]

    @cached_property
    def place(self) -> tuple[Pointer, bool]:
        """What stands here, and whether it is the key of it."""
        return self.document.at(self.document.offset(self.line + 1, self.column + 1))

    @cached_property
    def keys(self) -> Pointer:
        """The keys above the line, by indentation: also where the text is not YAML yet."""
        found: list[str] = []
        indent = _indent(self.lines[self.line]) if self.lines[self.line].strip() else self.column
        for line in reversed(self.lines[: self.line]):
            match = _KEY.match(line)
            if line.strip() and _indent(line) < indent and not line.lstrip().startswith("#"):
                indent = _indent(line)
                found += [match["key"]] if match else []
        return tuple(reversed(found))

    @cached_property
    def binding(self) -> Binding | None:
        """The binding that the cursor is in."""
        line = self.lines[self.line]
        return next((each for each in find_bindings(line) if each.start <= self.column <= each.end), None)

    @property
    def components(self) -> Iterator[Component]:
        """The components of the file that hold the place, innermost first."""
        pointer = self.keys
        for length in range(len(pointer), -1, -1):
            if found := self.project.components.get((self.path, pointer[:length])):
                yield found

    @property
    def pipeline(self) -> Component | None:
        """The pipeline that the place is in."""
        return next((each for each in self.components if each.type == "pipeline"), None)

    @property
    def step(self) -> Step | None:
        """The step that the place is in."""
        pipeline = self.pipeline
        rest = self.keys[len(pipeline.pointer) :] if pipeline else ()
        return pipeline.steps.get(str(rest[1])) if pipeline and rest[:1] == ("jobs",) and rest[1:] else None

    def port(self, binding: Binding) -> Port | None:
        """Return what a binding here refers to."""
        if binding.parts[0] == "parent":
            return resolve(self.pipeline, binding) if self.pipeline else None
        return self.ports.get(f"{binding.scope}.{binding.name}")

    @cached_property
    def ports(self) -> dict[str, Port]:
        """What a command here can name: the ports of its component, and of the sweep that tries it."""
        components = list(self.components)
        sweeps = [each for each in components[1:2] if each.type == "sweep"]
        found: dict[str, Port] = {}
        for owner in [*components[:1], *sweeps]:
            for kind in PORTS:
                found |= {f"{kind}.{name}": port for name, port in getattr(owner, kind).items()}
            for name, data in mapping(owner.data.get(SEARCH_SPACE)).items():
                pointer = (*owner.pointer, SEARCH_SPACE, name)
                found[f"{SEARCH_SPACE}.{name}"] = Port(
                    name, data, owner.document, pointer, mapping(data).get("type")
                )
        return found

    @property
    def given(self) -> Port | None:
        """The port that the key here gives a value, as the step's component declares it."""
        step = self.step
        kind = self.keys[-1] if self.keys else None
        if step is None or step.component is None or kind not in PORTS:
            return None
        return getattr(step.component, str(kind)).get(self.key)

    @property
    def key(self) -> str | None:
        """The key of the line."""
        match = _KEY.match(self.lines[self.line])
        return match["key"] if match else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
