"""The plan: what will run, as data. ``planner`` makes it from a linked job; nothing here reads a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from azml.core import expressions as grammar
from azml.core.components import Component
from azml.core.expressions import Binding, whole_binding
from azml.core.finding import Finding
from azml.core.secrets import hide_secrets
from azml.core.show import show_path
from azml.core.values import is_true, mapping

if TYPE_CHECKING:
    from .steps.step import PlannedStep

# Settings that only have an effect on Azure ML's machines.
REMOTE_ONLY = (
    *("compute", "resources", "distribution", "identity", "services", "queue_settings", "early_termination"),
    *("shm_size", "docker_args", "instance_count", "instance_type", "default_compute", "default_datastore"),
)
# Input modes that mean something else on Azure ML: a URL or the files of a table instead of a path, or a
# mount that writes back to its source. Here the step gets its own copy.
# https://learn.microsoft.com/azure/machine-learning/how-to-read-write-data-v2, "Modes"
OTHER_MODES = ("direct", "eval_mount", "eval_download", "rw_mount")


@dataclass(frozen=True)
class Literal:
    """A number, boolean or string, as the command shows it."""

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
    """A file to download first, and what to do where that fails."""

    address: str
    remedy: str = field(default="", compare=False)

    def __str__(self) -> str:
        return hide_secrets(self.address)


@dataclass(frozen=True)
class StepOutput:
    """The output ``name`` of another step, and the file in it that Azure ML would take it for."""

    step: str
    name: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.step}/outputs/{self.name}"

    def below(self, folder: Path) -> Path:
        """Return where the output is in its step's folder."""
        return folder / "outputs" / self.name / self.file


@dataclass(frozen=True)
class Recorded:
    """What another step left in an earlier run."""

    path: Path
    step: str

    def __str__(self) -> str:
        return show_path(str(self.path))


@dataclass(frozen=True)
class Refused:
    """A value that is not available here. A finding already says why, so its consumers get no second one."""


REFUSED = Refused()
# None is an optional input without a value.
Value = Literal | LocalData | RemoteData | StepOutput | Recorded | Refused | None


@dataclass
class Scope:
    """What bindings refer to: the pipeline's inputs, and ``inputs.<name>`` and ``outputs.<name>`` by step.

    ``files`` has the names of the files that the pipeline's outputs are to be, where their paths give one;
    ``unplanned`` has the ids of the steps that do not run here, by name: any output may be theirs.
    """

    given: dict[str, Value] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    siblings: dict[str, dict[str, Value]] = field(default_factory=dict)
    unplanned: dict[str, str] = field(default_factory=dict)

    def value(self, bound: Binding) -> Value:
        """Return the value of a ``parent.`` binding."""
        if bound.scope == grammar.PARENT_INPUT:
            return self.given.get(bound.name)
        job, kind = bound.job or "", "inputs" if bound.scope == grammar.JOB_INPUT else "outputs"
        if kind == "outputs" and job in self.unplanned:
            return StepOutput(self.unplanned[job], bound.name)
        return self.siblings.get(job, {}).get(f"{kind}.{bound.name}")


@dataclass
class Plan:
    """The whole job: its steps in an order they can run in, and the step output behind each job output.

    ``needs`` says which steps take outputs of which, also of those that cannot run here; ``named`` has the
    name and version that a step gives to an output of the pipeline that it runs; ``findings`` says what
    cannot run here (errors) and what is left out (warnings).
    """

    job: Component
    steps: list[PlannedStep]
    outputs: dict[str, StepOutput]
    literals: dict[str, str]
    needs: dict[str, set[str]]
    named: dict[StepOutput, tuple[str, str]]
    findings: list[Finding]

    @property
    def is_pipeline(self) -> bool:
        """Tell whether the job is a pipeline, not a single command or sweep job."""
        return self.job.type == "pipeline"

    @property
    def title(self) -> str:
        """The job's name for people."""
        return str(self.job.data.get("display_name") or self.job.document.path.stem)

    @property
    def stops_on_failure(self) -> bool:
        """Tell whether a failed step cancels the others (settings.continue_on_step_failure: false)."""
        return not is_true(self._settings.get("continue_on_step_failure", True))

    @property
    def forced_by(self) -> str:
        """Say why nothing is reused: settings.force_rerun, or a job that is not a pipeline; else empty."""
        if not self.is_pipeline:
            return "only the steps of a pipeline are reused"
        return "settings.force_rerun" if is_true(self._settings.get("force_rerun")) else ""

    def registered(self, step: PlannedStep) -> dict[str, tuple[str, str]]:
        """Return the name and version by which each named output of a step is registered; "" for the next."""
        own = mapping(step.settings.get("outputs"))
        named = {output: asset_name(written) for output, written in own.items() if output in step.outputs}
        named |= {source.name: name for source, name in self.named.items() if source.step == step.id}
        for output, value in self.outputs.items():
            if value.step == step.id:
                written = mapping(self.job.data.get("outputs")).get(output)
                named[value.name] = asset_name(written) or named.get(value.name)
        return {output: name for output, name in named.items() if name}

    @property
    def _settings(self) -> dict:
        return mapping(self.job.data.get("settings"))

    def remote_only(self) -> list[str]:
        """Return the settings that have no effect on one machine."""
        mappings = [self.job.data, self._settings]
        mappings += [data for step in self.steps for data in (step.settings, step.definition.data)]
        found = {key for data in mappings for key in REMOTE_ONLY if key in data}
        for data in mappings:
            found |= _remote_modes(data) | _remote_outputs(data)
        return sorted(found)


def _remote_modes(data: dict) -> set[str]:
    modes = {name: mapping(value).get("mode") for name, value in mapping(data.get("inputs")).items()}
    return {f"inputs.{name}.mode: {mode}" for name, mode in modes.items() if mode in OTHER_MODES}


def _remote_outputs(data: dict) -> set[str]:
    return {
        f"outputs.{name}.path"
        for name, output in mapping(data.get("outputs")).items()
        if (text := mapping(output).get("path")) and not whole_binding(text)
    }


def asset_name(output: object) -> tuple[str, str] | None:
    """Return the name and version by which an output, as written, is to be registered, if it has a name."""
    name, version = (str(mapping(output).get(key) or "") for key in ("name", "version"))
    return (name, version) if name else None
