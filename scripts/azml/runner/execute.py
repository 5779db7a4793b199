"""Run a plan: independent steps side by side, what has run before reused, what failed told."""

import os
import re
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path

from azml.core.values import mapping

from .attempt import Attempt, World
from .data import Data, DataError, words, write_json
from .display import Display
from .download import download
from .plan import LocalData, Plan, PlannedStep, RemoteData, StepOutput
from .process import CANCELLED
from .reuse import Record, Reuse
from .snapshot import uploaded_files
from .tracking import FAILED, FINISHED, FOLDER_TAG, REUSED_TAG, TrackingError
from .trials import Trials

COMPLETED, REUSED, FAILED_STEP, CANCELLED_STEP, NOT_STARTED = (
    "Completed", "Reused", "Failed", "Canceled", "Not started"
)  # fmt: skip
_UNSAFE = re.compile(r"[^\w/.\-+=@%,]")


@dataclass
class Result:
    """What became of a step: its status, its folder (the earlier one if reused) and its MLflow run."""

    folder: Path
    status: str = NOT_STARTED
    seconds: float = 0.0
    problem: str = ""
    run: str = ""
    log: Path | None = None

    @property
    def succeeded(self) -> bool:
        """Tell whether the step's outputs can be used."""
        return self.status in (COMPLETED, REUSED)


@dataclass
class Execution:
    """One run of a plan in its own folder; ``pipeline_run`` is the MLflow run of the whole pipeline."""

    plan: Plan
    folder: Path
    world: World
    reuse: Reuse
    display: Display
    force_rerun: bool
    pipeline_run: str = ""
    results: dict[str, Result] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def run(self) -> bool:
        """Run every step that can run; return whether all succeeded."""
        self.results = {step.id: Result(self.folder / step.id) for step in self.plan.steps}
        self._run_steps(_plain_path(self.folder))
        self._gather_outputs()
        return all(result.succeeded for result in self.results.values())

    # Scheduling

    def _run_steps(self, shown: Path) -> None:
        steps = {step.id: step for step in self.plan.steps}
        sorter = TopologicalSorter({step.id: step.needs for step in self.plan.steps})
        sorter.prepare()
        pending: dict[Future, str] = {}
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            try:
                while sorter.is_active():
                    for name in sorter.get_ready():
                        if self._can_start(steps[name]):
                            pending[pool.submit(self._step, steps[name], shown / name)] = name
                        else:
                            sorter.done(name)
                    if pending:
                        for future in wait(pending, return_when=FIRST_COMPLETED).done:
                            sorter.done(self._done(future, pending.pop(future)))
            except BaseException:  # an interruption above all: what runs must not outlive it
                self.world.processes.cancel()
                raise

    def _can_start(self, step: PlannedStep) -> bool:
        """Tell whether a step's inputs are there and nothing has been called off.

        A step goes without an optional input whose source failed
        (https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline).
        """
        for name, value in list(step.inputs.items()):
            if isinstance(value, StepOutput) and not self.results[value.step].succeeded:
                if not step.is_optional(name):
                    return False
                step.inputs[name] = None
        return not self.world.processes.cancelled

    def _done(self, future: Future, name: str) -> str:
        future.result()
        if self.results[name].status == FAILED_STEP and self.plan.stops_on_failure:
            self.world.processes.cancel()
        return name

    def _step(self, step: PlannedStep, shown: Path) -> None:
        """Run or reuse one step and note what became of it."""
        result = self.results[step.id]
        started = time.monotonic()
        self.display.started(step.id)
        try:
            self._run_or_reuse(step, result, shown)
        except (DataError, TrackingError, OSError) as error:
            result.problem = words(error)
            if result.run:
                with suppress(TrackingError):  # if the store is what failed, the next run closes this one
                    self.world.tracking.end(result.run, FAILED)
            result.status = CANCELLED_STEP if result.problem == CANCELLED else FAILED_STEP
        result.seconds = time.monotonic() - started
        self.display.finished(step.id, result.status, result.seconds, result.problem)

    def _run_or_reuse(self, step: PlannedStep, result: Result, shown: Path) -> None:
        data = self._data(step)
        fingerprint = self.reuse.fingerprint(step, data, self.world.home)
        record = self._record(step, fingerprint)
        result.run = self._start_run(step, result.folder)
        if record:
            self._take_over(record, result)
            return
        result.log = result.folder / "logs" / "std_log.txt"
        problem = self._attempt(step, result, shown, data)
        result.problem = problem or result.problem
        result.status = COMPLETED if not problem else CANCELLED_STEP if problem == CANCELLED else FAILED_STEP
        # As on Azure ML, a forced run is no source for reuse; nor is one whose code changed meanwhile.
        if problem or self.force_rerun or self.reuse.fingerprint(step, data, self.world.home) != fingerprint:
            return
        self.reuse.store(fingerprint, result.folder, result.run, list(step.outputs))

    def _attempt(self, step: PlannedStep, result: Result, shown: Path, data: dict[str, Data]) -> str | None:
        root = self.pipeline_run or result.run
        attempt = Attempt(self.world, step, result.folder, shown, result.run, root, data, {}, step.seconds)
        if not step.sweep:
            return attempt.execute()

        def start(folder: Path, name: str) -> str:
            return self._start_run(step, folder, f"{step.id}.{name}", result.run)

        trials = Trials(attempt, step.sweep, start, lambda text: self.display.note(step.id, text))
        problem = trials.execute()
        result.log, result.problem = trials.log, trials.remark
        return problem

    # Inputs and reuse

    def _data(self, step: PlannedStep) -> dict[str, Data]:
        """Return the data of each input: from here, downloaded, or out of another step's outputs."""
        found, home = {}, self.world.home
        for name, value in step.inputs.items():
            if isinstance(value, LocalData):
                found[name] = Data(value.path, partial(uploaded_files, home=home))
            elif isinstance(value, RemoteData):
                found[name] = Data(download(value.address, home / "downloads", self._progress))
            elif isinstance(value, StepOutput):
                found[name] = Data(self.results[value.step].folder / "outputs" / value.name)
        if self.world.processes.cancelled:
            raise DataError(CANCELLED)
        return found

    def _progress(self, address: str, done: int, total: int | None) -> None:
        if self.world.processes.cancelled:
            raise DataError(CANCELLED)
        self.display.progress(address, done, total)

    def _record(self, step: PlannedStep, fingerprint: str) -> Record | None:
        if self.force_rerun or not step.is_deterministic:
            return None
        record = self.reuse.find(fingerprint)
        return record if record and self.world.tracking.has(record.run) else None

    def _take_over(self, record: Record, result: Result) -> None:
        tracking = self.world.tracking
        tracking.copy(record.run, result.run)
        tracking.tag(result.run, {REUSED_TAG: record.run})
        tracking.end(result.run, FINISHED)
        result.folder.parent.mkdir(parents=True, exist_ok=True)
        result.folder.symlink_to(os.path.relpath(record.folder, result.folder.parent))
        result.status, result.folder = REUSED, record.folder
        result.problem = f"from {record.folder.parent.name}"

    def _start_run(self, step: PlannedStep, folder: Path, name: str = "", parent: str = "") -> str:
        data = {key: value for key, value in step.inputs.items() if value and key not in step.literals}
        tags = {
            **mapping(step.settings.get("tags")),
            FOLDER_TAG: str(self.folder),
            "azureml.local.step": str(folder),
            "azureml.local.spec": str(step.place),
            **{f"azureml.input.{key}": str(value) for key, value in data.items()},
            **{f"azureml.output.{key}": str(folder / "outputs" / key) for key in step.outputs},
        }
        parent = parent or self.pipeline_run
        return self.world.tracking.start(self.world.experiment_id, name or step.id, tags, {}, parent)

    # The end

    def _gather_outputs(self) -> None:
        """Give the pipeline's outputs one place, ``outputs/<name>`` below the run."""
        folder = self.folder / ("outputs_" if "outputs" in self.results else "outputs")
        for name, value in self.plan.outputs.items():
            result = self.results[value.step]
            if result.succeeded:
                target = result.folder / "outputs" / value.name
                link = folder / name
                link.parent.mkdir(exist_ok=True)
                link.symlink_to(os.path.relpath(target, link.parent))

    def close(self, status: str) -> None:
        """Close the pipeline's MLflow run and write ``run.json``: what became of each step, for programs."""
        if self.pipeline_run:
            self.world.tracking.end(self.pipeline_run, status)
        steps = {
            name: {"status": each.status, "seconds": round(each.seconds, 3), "folder": str(each.folder)}
            for name, each in self.results.items()
        }
        write_json(self.folder / "run.json", {"status": status, "run": self.pipeline_run, "steps": steps})


def _plain_path(folder: Path) -> Path:
    """Return a path to ``folder`` that no shell takes apart: itself, or a link (kept for ``command.sh``)."""
    if not _UNSAFE.search(str(folder)):
        return folder
    link = Path(tempfile.mkdtemp(prefix="azureml-"), "run")
    link.symlink_to(folder)
    return link
