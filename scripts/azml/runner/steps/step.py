"""A step of the plan, and what every type of step says about itself; the types are beside this module."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from azml.core import expressions as grammar
from azml.core.components import Component
from azml.core.document import Pointer
from azml.core.expressions import Binding, render
from azml.core.place import Place
from azml.core.values import is_true, mapping

from ..plan import REMOTE_ONLY, Literal, StepOutput, Value

if TYPE_CHECKING:
    from ..attempt import Attempt

# Modes in which the step may write to its input
# (https://learn.microsoft.com/azure/machine-learning/how-to-read-write-data-v2, "Modes").
WRITABLE_MODES = ("download", "eval_download", "rw_mount")
# What never decides whether a step is reused: descriptions, and settings of Azure ML's machines.
NOT_COUNTED = frozenset(
    {
        *("$schema", "name", "version", "display_name", "description", "experiment_name", "tags"),
        *("properties", "is_deterministic", "type", *REMOTE_ONLY),
    }
)
# What counts by its content (files, rendered values) and not by its text; see ``reuse``.
COUNTED_BY_CONTENT = frozenset(
    {"component", "trial", "task", "code", "additional_includes", "environment", "inputs", "outputs"}
)
# Keys of an input or output that count by the value they lead to, or never.
PORT_VALUES = frozenset({"path", "value", "default", "type", "description", "optional", "name", "version"})


Number = TypeVar("Number", int, float)


class SettingsError(Exception):
    """A step cannot run as written; ``pointer`` leads from the step to what is wrong."""

    def __init__(self, message: str, *pointer: str | int) -> None:
        super().__init__(message)
        self.pointer: Pointer = pointer


@dataclass(frozen=True)
class Outcome:
    """How a step ended: what went wrong (None if nothing), the log to look at, a remark on success."""

    problem: str | None
    log: Path | None
    remark: str = ""


@dataclass
class PlannedStep(ABC):
    """One step to run; ``id`` is the job's name, ``outer.inner`` for nested ones.

    ``settings`` is what the job itself says at ``place``; ``outputs`` gives the type of each output, and
    ``files`` the name of the file that is written for one with a path of its own.
    """

    id: str
    component: Component
    place: Place
    settings: dict
    inputs: dict[str, Value]
    outputs: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    type: ClassVar[str]
    command_key: ClassVar[str] = "command"
    needs_command: ClassVar[bool] = True

    # What the types differ in

    @abstractmethod
    def read_settings(self) -> None:
        """Read the settings of this type; raise SettingsError for what cannot run."""

    @abstractmethod
    def execute(self, attempt: Attempt) -> Outcome:
        """Run the step."""

    @property
    def definition(self) -> Component:
        """What says the code, the command and the environment: here the component itself."""
        return self.component

    @property
    def declaring(self) -> Component:
        """What declares the inputs and outputs that the step takes and writes."""
        return self.definition

    @property
    def search_space(self) -> dict[str, object]:
        """The inputs that take a value only when the step runs, by name."""
        return {}

    @property
    def seconds(self) -> float | None:
        """How long one process of the step may take."""
        return positive(self.limits, "timeout", float)

    # What they share

    @property
    def limits(self) -> dict:
        """The step's ``limits``."""
        return mapping(self.settings.get("limits"))

    @property
    def command(self) -> str:
        """The command with its bindings, as written."""
        return str(self.definition.data.get(self.command_key) or "")

    def render_command(self, paths: Mapping[str, str], chosen: Mapping[str, str]) -> str:
        """Return the command with its values filled in.

        ``paths`` has the path of each ``inputs.<name>`` and ``outputs.<name>``, ``chosen`` a value for each
        name of the search space.
        """

        def resolve(binding: Binding) -> str | None:
            if binding.scope == grammar.OUTPUT:
                return paths[f"outputs.{binding.name}"]
            if binding.name in chosen:
                return chosen[binding.name]
            return self.literals.get(binding.name, paths.get(f"inputs.{binding.name}"))

        return render(self.command, resolve)

    def show_command(self, paths: Mapping[str, str], chosen: Mapping[str, str]) -> str:
        """Return the command as people know it."""
        return self.render_command(paths, chosen)

    def output(self, name: str) -> StepOutput:
        """Return one of the step's outputs, for other steps to take."""
        return StepOutput(self.id, name, self.files.get(name, ""))

    @property
    def needs(self) -> set[str]:
        """The steps whose outputs this one takes."""
        return {value.step for value in self.inputs.values() if isinstance(value, StepOutput)}

    @property
    def literals(self) -> dict[str, str]:
        """The inputs that are not data, as the command shows them."""
        return {name: value.text for name, value in self.inputs.items() if isinstance(value, Literal)}

    @property
    def environment(self) -> Place:
        """Where the step's environment is named: by the step itself, else by its component."""
        if "environment" in self.settings:
            return self.place.below("environment")
        return Place(self.definition.document, (*self.definition.pointer, "environment"))

    @property
    def variables(self) -> dict[str, str]:
        """The step's own environment variables; Azure ML ignores those of a component."""
        given = mapping(self.settings.get("environment_variables"))
        return {str(name): str(value) for name, value in given.items()}

    @property
    def distribution(self) -> dict:
        """How many processes Azure ML starts, and how they find each other."""
        return mapping(self.settings.get("distribution") or self.definition.data.get("distribution"))

    @property
    def is_deterministic(self) -> bool:
        """Tell whether the same inputs give the same outputs, so that the step may be reused."""
        return is_true(self.declaring.data.get("is_deterministic", True))

    def is_optional(self, name: str) -> bool:
        """Tell whether the step runs without a value for this input."""
        return name in self.declaring.inputs and self.declaring.inputs[name].optional

    def is_writable(self, name: str) -> bool:
        """Tell whether the step may change its copy of this input."""
        mode = mapping(mapping(self.settings.get("inputs")).get(name)).get("mode")
        if mode is None and name in self.declaring.inputs:
            mode = self.declaring.inputs[name].option("mode")
        return mode in WRITABLE_MODES

    def counted_settings(self) -> dict[str, str]:
        """Return the settings that decide reuse: all but those known not to matter."""
        counted = {"type": self.type}
        parts = {"step": self.settings, "declaring": self.declaring.data, "definition": self.definition.data}
        for part, data in parts.items():
            left_out = NOT_COUNTED | COUNTED_BY_CONTENT
            counted |= {f"{part}.{key}": repr(value) for key, value in data.items() if key not in left_out}
            counted |= {f"{part}.{name}": repr(options) for name, options in _port_options(data)}
        return counted


def _port_options(data: dict) -> Iterator[tuple[str, dict]]:
    for kind in ("inputs", "outputs"):
        for name, port in mapping(data.get(kind)).items():
            if options := {key: value for key, value in mapping(port).items() if key not in PORT_VALUES}:
                yield f"{kind}.{name}", options


def positive(limits: Mapping[str, object], name: str, kind: type[Number]) -> Number | None:
    """Return one of a step's limits, a number above zero, or None; raise SettingsError."""
    value = limits.get(name)
    try:
        number = None if value is None else kind(str(value))
        if number is None or number > 0:
            return number
    except ValueError:
        pass
    raise SettingsError(f"limits.{name} must be a number above 0, not '{value}'", "limits", name)
