"""A sweep's trials, side by side: each a child run with a folder of its own; the best one is the step's."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from azml.core.finding import did_you_mean

from .attempt import Attempt
from .process import CANCELLED
from .sweep import Sweep
from .tracking import FAILED, FINISHED, KILLED


@dataclass
class Trials:
    """The trials of one sweep step; ``attempt`` stands for the whole step.

    ``start`` opens the MLflow run of a trial from its folder and number, ``note`` shows how far they are;
    ``remark`` says in the end which trial was the best.
    """

    attempt: Attempt
    sweep: Sweep
    start: Callable[[Path, str], str]
    note: Callable[[str], None]
    log: Path | None = None
    problem: str = ""
    completed: bool = False
    remark: str = ""
    started: float = field(default_factory=time.monotonic)

    def execute(self) -> str | None:
        """Run the trials; make the best one's outputs the step's; return what went wrong, or None."""
        samples = list(self.sweep.samples())
        workers = min(self.sweep.concurrent or len(samples), os.cpu_count() or 1)
        values: dict[int, float] = {}
        trials: list[Attempt] = []
        with ThreadPoolExecutor(max_workers=workers) as pool:
            for number, (trial, value) in enumerate(pool.map(self._trial, range(len(samples)), samples)):
                self.note(f"{number + 1}/{len(samples)} trials")
                trials.append(trial)
                if value is not None:
                    values[number] = value
        return self._close(trials, values)

    def _trial(self, number: int, sample: dict[str, str]) -> tuple[Attempt, float | None]:
        """Run one trial; return it with the best value of its metric, None where it failed or logged none."""
        whole, world = self.attempt, self.attempt.world
        seconds = self._seconds()
        folder, shown = (each / "trials" / str(number) for each in (whole.folder, whole.shown))
        trial = replace(whole, folder=folder, shown=shown, search_space=sample, seconds=seconds)
        if world.processes.cancelled or (seconds is not None and seconds <= 0):
            return trial, None
        trial.run = self.start(folder, str(number))
        if problem := trial.execute():
            self.log, self.problem = trial.log, f"trial {number}: {problem}"
            return trial, None
        self.completed = True
        return trial, self.sweep.best_value(world.tracking.metric_history(trial.run, self.sweep.metric))

    def _seconds(self) -> float | None:
        """Return how long a trial that starts now may take: its own limit or what is left of the sweep's."""
        limits = [] if self.attempt.seconds is None else [self.attempt.seconds]
        if self.sweep.seconds is not None:
            limits.append(self.started + self.sweep.seconds - time.monotonic())
        return min(limits, default=None)

    def _close(self, trials: list[Attempt], values: dict[int, float]) -> str | None:
        tracking, run = self.attempt.world.tracking, self.attempt.run
        best = self.sweep.best(values)
        if self.attempt.world.processes.cancelled:
            tracking.end(run, KILLED)
            return CANCELLED
        if best is None:
            tracking.end(run, FAILED)
            self.log = self.log or next((each.log for each in trials), None)
            if not self.completed:
                return f"no trial completed; {self.problem or 'their time was up'}"
            logged = {name for each in trials for name in tracking.metrics(each.run)}
            hint = did_you_mean(self.sweep.metric, logged - {self.sweep.metric})
            return f"no trial that completed logged the metric '{self.sweep.metric}'{hint}"
        self.log = trials[best].log
        (self.attempt.folder / "outputs").symlink_to(Path("trials", str(best), "outputs"))
        tracking.copy(trials[best].run, run)
        tracking.tag(run, {"azureml.sweep.best_trial": str(best)})
        tracking.end(run, FINISHED)
        chosen = ", ".join(f"{name}={value}" for name, value in trials[best].search_space.items())
        self.remark = f"best trial {best} ({chosen}): {self.sweep.metric} {values[best]:.6g}"
        return None
