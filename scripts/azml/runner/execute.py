"""Run a plan: independent steps side by side, steps that have run before reused."""

import json
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path

from azml.core.references import ASSET, Reference
from azml.core.secrets import hide_secrets
from azml.core.snapshot import uploaded_files

from .attempt import Attempt, World
from .data.download import download
from .data.files import Data, DataError, link, listing, reason
from .data.registered import MODEL_TYPES, Registered
from .plan import LocalData, Plan, Recorded, RemoteData, StepOutput
from .process import CANCELLED, GRACE_SECONDS
from .report import markdown, run_name
from .reuse import Record, Reuse, fingerprint
from .session import plain_path
from .steps.step import Outcome, PlannedStep
from .summary import CANCELLED_STEP, COMPLETED, FAILED_STEP, NOT_STARTED, REUSED, Summary
from .tracking.store import FAILED, FINISHED, KILLED, Dataset, TrackingError
from .tracking.tags import NOTE_TAG, REUSED_TAG


@dataclass
class Result:
    """How a step ended: its status, its folder (the earlier one if reused) and its MLflow run."""

    folder: Path
    status: str = NOT_STARTED
    seconds: float = 0.0
    problem: str = ""
    changed: str = ""
    run: str = ""
    log: Path | None = None

    @property
    def succeeded(self) -> bool:
        """Tell whether the step's outputs can be used."""
        return self.status in (COMPLETED, REUSED)


@dataclass
class Execution:
    """One run of a plan; ``pipeline_run`` is the MLflow run of the whole pipeline, empty for another job.

    ``assets`` are the (name, version) of the data that it registered. ``is_abandoned`` tells whether the run
    was stopped while steps waited for something that cannot be interrupted: their threads end
    with the process.
    """

    plan: Plan
    world: World
    reuse: Reuse
    force_rerun: bool
    pipeline_run: str = ""
    results: dict[str, Result] = field(default_factory=dict)
    is_abandoned: bool = False
    assets: list[tuple[str, str]] = field(default_factory=list)

    def run(self) -> bool:
        """Run every step that can run; return whether all succeeded."""
        self.results = {step.id: Result(self.world.folder / step.id) for step in self.plan.steps}
        with plain_path(self.world.folder) as shown:
            self._run_steps(shown)
        self._gather_outputs()
        return all(result.succeeded for result in self.results.values())

    # Scheduling

    def _run_steps(self, shown: Path) -> None:
        steps = {step.id: step for step in self.plan.steps}
        sorter = TopologicalSorter({step.id: step.needs for step in self.plan.steps})
        sorter.prepare()
        ready: deque[str] = deque()
        pending: dict[Future, str] = {}
        try:
            while sorter.is_active():
                ready.extend(sorter.get_ready())
                while ready and len(pending) < (os.cpu_count() or 1):
                    name = ready.popleft()
                    if self._can_start(steps[name]):
                        pending[_in_background(self._step, steps[name], shown / name)] = name
                    else:
                        sorter.done(name)
                if pending:
                    for future in wait(pending, return_when=FIRST_COMPLETED).done:
                        sorter.done(self._done(future, pending.pop(future)))
        except BaseException:  # an interruption above all: what runs must not outlive it
            self.world.processes.cancel()
            self.is_abandoned = bool(self._wait(pending))
            raise

    def _wait(self, pending: dict[Future, str]) -> set[Future]:
        """Wait for steps to end whose processes have ended; return those that do not."""
        deadline = time.monotonic() + GRACE_SECONDS
        left = set(pending)
        while left and time.monotonic() < deadline and not self.world.processes.hurried:
            left = wait(left, timeout=0.1).not_done
        return wait(left, timeout=1).not_done

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
        """Run or reuse one step and record how it ended."""
        result = self.results[step.id]
        started = time.monotonic()
        self.world.console.started(step.id)
        try:
            self._run_or_reuse(step, result, shown)
        except (DataError, TrackingError, OSError) as error:
            result.problem = reason(error)
            if result.run:
                with suppress(TrackingError):  # if the store is what failed, the next run closes this one
                    self.world.tracking.end(result.run, FAILED)
            result.status = CANCELLED_STEP if result.problem == CANCELLED else FAILED_STEP
        result.seconds = time.monotonic() - started
        self.world.console.finished(step.id, result.status, result.seconds, result.problem)

    def _run_or_reuse(self, step: PlannedStep, result: Result, shown: Path) -> None:
        data = self._data(step)
        facts = self.reuse.facts(step, data)
        record = self._record(step, fingerprint(facts))
        result.run = self.world.start_run(step, result.folder, step.id, self.pipeline_run)
        if record:
            self._take_over(record, result)
            self._register(step, result)
            return
        result.changed = "" if self._must_run(step) else self.reuse.difference(step, facts) or ""
        self.reuse.remember(step, facts)
        outcome = self._attempt(step, result, shown, data)
        problem = outcome.problem
        empty = [] if problem else self._left_empty(step, result)
        remarks = (
            outcome.remark,
            f"left empty: {', '.join(empty)}" if empty else "",
            f"changed: {result.changed}" if result.changed and not outcome.remark else "",
        )
        result.log, result.problem = outcome.log, problem or "  ".join(filter(None, remarks))
        result.status = COMPLETED if not problem else CANCELLED_STEP if problem == CANCELLED else FAILED_STEP
        if not problem:
            self.reuse.keep(facts, result.folder)
            self._register(step, result)
        # As on Azure ML, a forced run is not reused later, and neither is one whose code changed meanwhile.
        if problem or self._must_run(step) or self.reuse.facts(step, data) != facts:
            return
        self.reuse.store(fingerprint(facts), result.folder, result.run, list(step.outputs))

    def _attempt(self, step: PlannedStep, result: Result, shown: Path, data: dict[str, Data]) -> Outcome:
        root = self.pipeline_run or result.run
        seconds = step.seconds
        return step.execute(
            Attempt(self.world, step, result.folder, shown, result.run, root, data, {}, seconds)
        )

    # Inputs and reuse

    def _data(self, step: PlannedStep) -> dict[str, Data]:
        """Return the data of each input: from here, downloaded, or out of another step's outputs."""
        found, home = {}, self.world.home
        takers = Counter(value for each in self.plan.steps for value in each.inputs.values())
        for name, value in step.inputs.items():
            is_shared = takers[value] > 1 or bool(step.search_space)
            if isinstance(value, LocalData):
                found[name] = Data(value.path, uploaded_files, is_shared)
            elif isinstance(value, RemoteData):
                path = download(value.address, home / "downloads", self._progress, value.remedy)
                found[name] = Data(path, is_shared=is_shared)
            elif isinstance(value, StepOutput):
                found[name] = Data(self.output(value), is_shared=is_shared)
            elif isinstance(value, Recorded):
                found[name] = Data(value.path, is_shared=is_shared)
        if self.world.processes.cancelled:
            raise DataError(CANCELLED)
        return found

    def _progress(self, address: str, done: int, total: int | None) -> None:
        if self.world.processes.cancelled:
            raise DataError(CANCELLED)
        if done:
            self.world.console.progress(hide_secrets(address), done, total)

    def _record(self, step: PlannedStep, fingerprint: str) -> Record | None:
        if self._must_run(step) or not step.is_deterministic:
            return None
        record = self.reuse.find(fingerprint, step.outputs)
        return record if record and self.world.tracking.has(record.run) else None

    def _must_run(self, step: PlannedStep) -> bool:
        return self.force_rerun or step.id == self.world.debugged

    def _take_over(self, record: Record, result: Result) -> None:
        tracking = self.world.tracking
        tracking.copy(record.run, result.run)
        tracking.tag(result.run, {REUSED_TAG: record.run})
        tracking.end(result.run, FINISHED)
        link(result.folder, record.folder)
        result.status, result.folder = REUSED, record.folder
        result.problem = f"from {record.folder.parent.name}"

    def _register(self, step: PlannedStep, result: Result) -> None:
        """Register the step's named outputs; a reused step's were, unless they had no name at that time."""
        registered, tracking = Registered(self.world.home), self.world.tracking
        for output, (name, version) in self.plan.registered(step).items():
            files = step.output(output).below(result.folder)
            known = registered.find(Reference("", ASSET, name=name, version=version or None))
            if not files.exists() or (known and result.status == REUSED):
                continue
            version, kept = registered.add(name, version, files)
            if step.outputs[output] in MODEL_TYPES and version.isdecimal():
                description = f"The output '{output}' of {step.id}, {self.plan.title}"
                tracking.register(name, version, kept, result.run, description)
            else:
                self.assets.append((name, version))

    # The end

    def _gather_outputs(self) -> None:
        """Give the pipeline's outputs one place, ``outputs/<name>`` below the run."""
        folder = self.world.folder / ("outputs_" if "outputs" in self.results else "outputs")
        for name, value in self.plan.outputs.items():
            result = self.results[value.step]
            if result.succeeded:
                link(folder / name, self.output(value))

    def close(self, status: str) -> None:
        """End what still runs and close what is open in MLflow."""
        self.world.processes.close()
        if self.pipeline_run:
            self.world.tracking.end(self.pipeline_run, status)
        if self.is_abandoned:
            for run, folder in self.world.tracking.running():
                if folder == str(self.world.folder):
                    self.world.tracking.end(run, KILLED)
        with suppress(OSError):  # an abandoned step still writes there: the next run deletes it
            self.world.shelf.clear()

    def summary(self, status: str, seconds: float, overrides: list[str]) -> Summary:
        """Return what came of the run."""
        done = {name: result for name, result in self.results.items() if result.succeeded}
        metrics = {name: self.world.tracking.metrics(result.run) for name, result in done.items()}
        steps = {
            name: {
                "status": result.status,
                "seconds": round(result.seconds, 3),
                "folder": str(result.folder),
                "remark": result.problem,
                "changed": result.changed,
                "note": hide_secrets(self.world.tracking.note(result.run)) if result.succeeded else "",
            }
            for name, result in self.results.items()
        }
        return Summary(
            status,
            str(self.plan.job.document.path),
            self.pipeline_run,
            seconds,
            [hide_secrets(text) for text in overrides],
            steps,
            {name: logged for name, logged in metrics.items() if logged},
            [model for result in done.values() for model in self.world.tracking.models(result.run)],
            self.assets,
            {
                name: str(self.output(value))
                for name, value in self.plan.outputs.items()
                if value.step in done
            },
        )

    def publish(self, summary: Summary) -> None:
        """Show in MLflow, on the pipeline's own run, what came of it and what data it took."""
        if not self.pipeline_run:
            return
        world, job = self.world, self.plan.job
        tags = {NOTE_TAG: hide_secrets(markdown(summary, str(job.data.get("description") or "")))}
        if summary.models:
            tags["registered"] = ", ".join(f"{name} v{version}" for name, version in summary.models)
        world.tracking.annotate(
            self.pipeline_run, run_name(self.plan.title, summary), tags, summary.all_metrics
        )
        world.tracking.add_datasets(world.experiment_id, self.pipeline_run, self._datasets())

    def _datasets(self) -> list[Dataset]:
        """Return the data that the steps were given from outside of the run."""
        found = {}
        for step in self.plan.steps:
            for name, value in step.inputs.items():
                if isinstance(value, LocalData) and value not in found:
                    with suppress(OSError):  # it is gone by now
                        data = Data(value.path, uploaded_files)
                        source = json.dumps({"uri": os.path.abspath(value.path)})
                        found[value] = Dataset(data.name, self.reuse.hashes.of(data)[:16], source, name)
        return list(found.values())

    def _left_empty(self, step: PlannedStep, result: Result) -> list[str]:
        """Return the outputs that are folders without a file."""
        folders = [name for name, kind in step.outputs.items() if kind != "uri_file"]
        return [name for name in folders if not listing(result.folder / "outputs" / name)]

    def output(self, value: StepOutput) -> Path:
        """Return where the output of a step is."""
        return value.below(self.results[value.step].folder)


def _in_background(function: Callable, *arguments: object) -> Future:
    """Call a function in a thread that does not keep the process from ending."""
    future: Future = Future()

    def work() -> None:
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future
