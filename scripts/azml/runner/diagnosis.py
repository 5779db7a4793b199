"""Why a step of a run failed: its log, read with what the run knows of its code, inputs and environment."""

import os
from dataclasses import replace
from pathlib import Path

from azml.core.environment import read_environment
from azml.core.snapshot import Snapshot, SnapshotError, read_snapshot

from .data.files import listing, plain_name
from .execute import Execution
from .output.failure import Failure, explain
from .plan import StepOutput
from .steps.step import PlannedStep


def diagnose(execution: Execution, step: PlannedStep) -> Failure:
    """Return why a step failed, and what to do if that is known."""
    result = execution.results[step.id]
    listed = read_environment(execution.reuse.project, step.environment).conda_file
    where = os.path.relpath(listed) if listed else ""
    try:
        snapshot = read_snapshot(step.definition)
    except SnapshotError:
        snapshot = Snapshot(None)
    names = _names(execution, step, snapshot)
    failure = explain(result.problem, result.log, names, where, snapshot)
    return replace(failure, advice=failure.advice or _empty_input(execution, step))


def _names(execution: Execution, step: PlannedStep, snapshot: Snapshot) -> dict[str, str]:
    """Return what the user calls the paths of a step's folder: the sources of its code and inputs."""
    folder = execution.results[step.id].folder
    names = {str(folder / "code" / path.name): _shown(path) for path in snapshot.includes}
    if snapshot.folder:
        names[str(folder / "code")] = _shown(snapshot.folder)
    for name, value in step.inputs.items():
        source = execution.output(value) if isinstance(value, StepOutput) else getattr(value, "path", None)
        if source is not None:
            names[str(folder / "inputs" / name / plain_name(source.name))] = _shown(source)
    return names


def _empty_input(execution: Execution, step: PlannedStep) -> str:
    """Say which input of a step is a folder that another one left empty; or nothing."""
    for name, value in step.inputs.items():
        source = execution.output(value) if isinstance(value, StepOutput) else None
        if isinstance(value, StepOutput) and source and source.is_dir() and not listing(source):
            return f"its input '{name}' is empty: {value.step} wrote nothing to '{value.name}'"
    return ""


def _shown(path: Path) -> str:
    """Return a path as seen from the current folder, where it lies in it."""
    absolute = Path(os.path.abspath(path))
    return str(absolute.relative_to(Path.cwd())) if absolute.is_relative_to(Path.cwd()) else str(absolute)
