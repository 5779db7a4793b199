"""``azml.run``: run a job of Azure ML on this machine from Python, as ``azml run`` does."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runner.run import Ended


@dataclass(frozen=True)
class StepResult:
    """How a step ended: Completed, Reused, Failed, Canceled or Not started."""

    status: str
    seconds: float
    metrics: dict[str, float]
    params: dict[str, str]
    outputs: dict[str, Path]
    log: Path | None


@dataclass(frozen=True)
class RunResult:
    """How a run ended: Completed or Failed.

    ``metrics`` are those of all steps, of one name the last; ``outputs`` are the pipeline's; ``folder`` has
    the files of the run, ``run.json`` among them.
    """

    status: str
    folder: Path
    steps: dict[str, StepResult]
    metrics: dict[str, float] = field(default_factory=dict)
    outputs: dict[str, Path] = field(default_factory=dict)


class RunError(Exception):
    """A run was refused or has failed; the text is what ``azml run`` prints.

    ``result`` says how far it came, None if nothing has run.
    """

    def __init__(self, text: str, result: RunResult | None = None) -> None:
        super().__init__(text)
        self.result = result


def run(
    pipeline: str | os.PathLike[str],
    *,
    set: Mapping[str, object] | None = None,
    step: str = "",
    start: str = "",
    until: str = "",
    force_rerun: bool = False,
    validate: bool = True,
) -> RunResult:
    """Run a job and return how it ended; raise RunError if it is refused or fails.

    The arguments are the options of ``azml run``; ``start`` is ``--from``. Nothing is printed. What the run
    leaves is in ``.local`` of the current folder.
    """
    try:
        from .runner import run as runner
        from .runner.planning.part import Part
    except ModuleNotFoundError as error:
        raise ImportError(f"azml.run: {missing_runner(error)}") from None
    from .validator.engine import job_errors

    check = job_errors if validate else None
    options = runner.Options(check, Part(step, start, until), force_rerun)
    overrides = [f"{key}={_written(value)}" for key, value in (set or {}).items()]
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            ended = runner.perform(Path(pipeline), overrides, options)
    except runner.ERRORS as error:
        raise RunError(runner.why(error)) from None
    assert ended is not None  # only a plan ends in nothing
    if ended.summary.status == runner.KILLED:
        raise KeyboardInterrupt
    result = _result(ended)
    if ended.summary.status != runner.FINISHED:
        raise RunError(ended.text, result)
    return result


def missing_runner(error: ModuleNotFoundError) -> str:
    """Return the line that says how to install what the runner needs."""
    return f"{str(error.name).partition('.')[0]} is not installed; the runner needs: pip install 'azml[run]'"


def _written(value: object) -> str:
    """Return a value as it is written in a --set."""
    return str(value) if isinstance(value, str | os.PathLike) else json.dumps(value)


def _result(ended: Ended) -> RunResult:
    from .runner.attempt import log_below
    from .runner.summary import COMPLETED, FAILED_STEP
    from .runner.tracking.store import FINISHED

    execution, summary = ended.execution, ended.summary
    tracking = execution.world.tracking
    steps = {}
    for planned in execution.plan.steps:
        result = execution.results[planned.id]
        paths = {name: result.folder / "outputs" / name for name in planned.outputs}
        log = log_below(result.folder)
        steps[planned.id] = StepResult(
            result.status,
            result.seconds,
            summary.metrics.get(planned.id, {}),
            tracking.params(result.run) if result.run else {},
            {name: path for name, path in paths.items() if path.exists()} if result.succeeded else {},
            log if log.exists() else None,
        )
    outputs = {name: Path(path) for name, path in summary.outputs.items()}
    status = COMPLETED if summary.status == FINISHED else FAILED_STEP
    return RunResult(status, execution.world.folder, steps, summary.all_metrics, outputs)
