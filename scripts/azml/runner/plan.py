"""What is to be run: steps in an order they can run in, each with its inputs, outputs and command.

Pure data; ``planner`` makes it from a linked job.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from azml.core import expressions as grammar
from azml.core.components import Component
from azml.core.document import Document
from azml.core.expressions import Binding, render, whole_binding
from azml.core.finding import Finding
from azml.core.place import Place
from azml.core.project import Project
from azml.core.references import ASSET, FILE, parse_reference
from azml.core.values import is_true, mapping

from .sweep import Sweep

# Settings that mean something to Azure ML's machines only.
REMOTE_ONLY = (
    *("compute", "resources", "distribution", "identity", "services", "queue_settings", "early_termination"),
    *("shm_size", "docker_args", "instance_count", "instance_type", "default_compute", "default_datastore"),
)
# Modes in which the step may write to its input
# (https://learn.microsoft.com/azure/machine-learning/how-to-read-write-data-v2, "Modes").
WRITABLE_MODES = ("download", "eval_download", "rw_mount")
# Modes that mean something else there (same source): a URL or a table's files instead of a path, a mount
# that takes what is written back to where it comes from. Here the step gets its own copy all the same.
OTHER_MODES = ("direct", "eval_mount", "eval_download", "rw_mount")


@dataclass(frozen=True)
class Literal:
    """A number, boolean or string, as the command will show it."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class LocalData:
    """A file or folder on this machine."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class RemoteData:
    """A file that has to be downloaded first."""

    address: str

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True)
class StepOutput:
    """What another step leaves in its output ``name``."""

    step: str
    name: str

    def __str__(self) -> str:
        return f"{self.step}/outputs/{self.name}"


# None stands for an optional input without a value.
Value = Literal | LocalData | RemoteData | StepOutput | None


@dataclass
class Scope:
    """What bindings refer to: the pipeline's inputs, and ``inputs.<name>``, ``outputs.<name>`` by step."""

    given: dict[str, Value] = field(default_factory=dict)
    siblings: dict[str, dict[str, Value]] = field(default_factory=dict)

    def value(self, bound: Binding) -> Value:
        """Return what a ``parent.`` binding stands for."""
        if bound.scope == grammar.PARENT_INPUT:
            return self.given.get(bound.name)
        kind = "inputs" if bound.scope == grammar.JOB_INPUT else "outputs"
        return self.siblings.get(bound.job or "", {}).get(f"{kind}.{bound.name}")


@dataclass
class PlannedStep:
    """One command or sweep to run; ``id`` is the job's name, for nested ones ``outer.inner``.

    ``settings`` is what the job itself says at ``place``; ``outputs`` gives each output's type.
    """

    id: str
    component: Component
    place: Place
    settings: dict
    inputs: dict[str, Value]
    outputs: dict[str, str] = field(default_factory=dict)
    sweep: Sweep | None = None

    @property
    def trial(self) -> Component:
        """What is executed: the component itself, or for a sweep its trial."""
        return self.component.base or self.component

    @property
    def command(self) -> str:
        """The command with its bindings, as written."""
        return str(self.trial.data.get("command") or "")

    @property
    def needs(self) -> set[str]:
        """The steps whose outputs this one takes."""
        return {value.step for value in self.inputs.values() if isinstance(value, StepOutput)}

    @property
    def literals(self) -> dict[str, str]:
        """The inputs that are no data, as the command will show them."""
        return {name: value.text for name, value in self.inputs.items() if isinstance(value, Literal)}

    @property
    def environment(self) -> Place:
        """Where the step's environment is named: by the step itself, else by its component."""
        if "environment" in self.settings:
            return self.place.below("environment")
        return Place(self.trial.document, (*self.trial.pointer, "environment"))

    @property
    def variables(self) -> dict[str, str]:
        """The spec's own environment variables; those in a component are ignored by Azure ML."""
        given = mapping(self.settings.get("environment_variables"))
        if self.component.base:
            given = mapping(self.trial.data.get("environment_variables")) | given
        return {str(name): str(value) for name, value in given.items()}

    @property
    def seconds(self) -> float | None:
        """How long the command, or one trial of a sweep, may take."""
        value = mapping(self.settings.get("limits")).get("trial_timeout" if self.sweep else "timeout")
        return None if value is None else float(value)

    @property
    def is_deterministic(self) -> bool:
        """Tell whether the same inputs give the same outputs, so that the step may be reused."""
        return is_true(self.trial.data.get("is_deterministic", True))

    def is_optional(self, name: str) -> bool:
        """Tell whether the step runs without a value for this input."""
        return name in self.trial.inputs and self.trial.inputs[name].optional

    def is_writable(self, name: str) -> bool:
        """Tell whether the step may change its copy of this input."""
        mode = mapping(mapping(self.settings.get("inputs")).get(name)).get("mode")
        if mode is None and name in self.trial.inputs:
            mode = self.trial.inputs[name].option("mode")
        return mode in WRITABLE_MODES


@dataclass
class Plan:
    """The whole job: its steps in an order they can run in, and which step gives each pipeline output.

    ``findings`` says what cannot be run here, and as warnings what is left out.
    """

    job: Component
    steps: list[PlannedStep]
    outputs: dict[str, StepOutput]
    literals: dict[str, str]
    findings: list[Finding]

    @property
    def is_pipeline(self) -> bool:
        """Tell whether the job is a pipeline and not a single command or sweep job."""
        return self.job.type == "pipeline"

    @property
    def stops_on_failure(self) -> bool:
        """Tell whether one failed step cancels the others (settings.continue_on_step_failure: false)."""
        return not is_true(self._settings.get("continue_on_step_failure", True))

    @property
    def forces_rerun(self) -> bool:
        """Tell whether nothing is reused: settings.force_rerun, or a job by itself, which is no step."""
        return not self.is_pipeline or is_true(self._settings.get("force_rerun"))

    @property
    def _settings(self) -> dict:
        return mapping(self.job.data.get("settings"))

    def remote_only(self) -> list[str]:
        """Return the settings that have no effect on one machine."""
        mappings = [self.job.data, self._settings]
        mappings += [data for step in self.steps for data in (step.settings, step.trial.data)]
        found = {key for data in mappings for key in REMOTE_ONLY if key in data}
        for data in mappings:
            for name, value in mapping(data.get("inputs")).items():
                if (mode := mapping(value).get("mode")) in OTHER_MODES:
                    found.add(f"inputs.{name}.mode: {mode}")
            for name, output in mapping(data.get("outputs")).items():
                given = {key: mapping(output).get(key) for key in ("path", "name")}
                found |= {
                    f"outputs.{name}.{key}" for key, text in given.items() if text and not whole_binding(text)
                }
        return sorted(found)


def render_command(step: PlannedStep, paths: Mapping[str, str], search_space: Mapping[str, str]) -> str:
    """Return the step's command; ``paths`` gives the paths of ``inputs.<name>`` and ``outputs.<name>``."""

    def resolve(binding: Binding) -> str | None:
        if binding.scope == grammar.OUTPUT:
            return paths[f"outputs.{binding.name}"]
        if binding.name in search_space:
            return search_space[binding.name]
        return step.literals.get(binding.name, paths.get(f"inputs.{binding.name}"))

    return render(step.command, resolve)


def environment_spec(project: Project, step: PlannedStep) -> Iterator[object]:
    """Yield what defines a step's environment, outermost first: reference or mapping, spec, conda file."""
    document = step.environment.document
    value = document.get(step.environment.pointer)
    if isinstance(value, str):
        yield value
        found = _environment_document(project, value, document)
        document, value = found or document, found.data if found else None
    if isinstance(value, dict):
        yield value
        conda = value.get("conda_file")
        if isinstance(conda, str):
            path = parse_reference(conda).resolve(document.path.parent)
            conda = project.document(path).data if path.is_file() else None
        if isinstance(conda, dict):
            yield conda


def _environment_document(project: Project, text: str, document: Document) -> Document | None:
    reference = parse_reference(text)
    if reference.kind == ASSET:
        return project.find_asset("environment", reference, document.path)
    path = reference.resolve(document.path.parent)
    return project.document(path) if reference.kind == FILE and path.is_file() else None
