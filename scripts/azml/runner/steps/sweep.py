"""Sweep steps: a search space, its trials side by side, and the best one's outputs as the step's.

Distributions and limits: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-sweep.
"""

from __future__ import annotations

import math
import os
import random
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

from azml.core.components import Component
from azml.core.finding import did_you_mean
from azml.core.values import mapping, sequence

from ..data.files import link
from ..process import CANCELLED
from ..tracking.store import FAILED, FINISHED, KILLED
from .step import Outcome, PlannedStep, SettingsError, positive

if TYPE_CHECKING:
    from ..attempt import Attempt

ALGORITHMS = ("random", "grid", "sobol")
GOALS = ("minimize", "maximize")
DISTRIBUTIONS = (
    *("choice", "randint", "uniform", "quniform", "loguniform", "qloguniform"),
    *("normal", "qnormal", "lognormal", "qlognormal"),
)
DEFAULT_SEED = 0


class SweepStep(PlannedStep):
    """``type: sweep``; what runs in each trial is ``trial``."""

    type = "sweep"

    def read_settings(self) -> None:
        """Read the objective, the limits and the search space."""
        _ = self.seconds
        self.sweep = read_sweep(self.settings)

    @property
    def definition(self) -> Component:
        """The trial: a sweep job holds it, a sweep step of a pipeline is linked to it."""
        return self.component.base or self.component

    @property
    def search_space(self) -> dict[str, object]:
        """The hyperparameters, with the distribution of each."""
        return mapping(self.settings.get("search_space"))

    @property
    def seconds(self) -> float | None:
        """How long one trial may take."""
        return positive(self.limits, "trial_timeout", float)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of a sweep job's trial and of the step."""
        given = mapping(self.component.base.data.get("environment_variables")) if self.component.base else {}
        return {str(name): str(value) for name, value in given.items()} | super().variables

    def execute(self, attempt: Attempt) -> Outcome:
        """Run the trials; the best one's outputs become the step's."""
        return _Trials(attempt, self.sweep).execute()


@dataclass(frozen=True)
class Sweep:
    """The settings of a sweep; None for a limit that is not given."""

    search_space: dict[str, dict]
    algorithm: str
    seed: int
    metric: str
    goal: str
    trials: int | None
    concurrent: int | None
    seconds: float | None

    @property
    def size(self) -> int:
        """How many trials there are."""
        if self.algorithm != "grid":
            return self.trials or 0
        points = math.prod(len(options["values"]) for options in self.search_space.values())
        return min(points, self.trials or points)

    def samples(self) -> Iterator[dict[str, str]]:
        """Yield the hyperparameters of each trial, as the command will show them."""
        if self.algorithm == "grid":
            points: Iterator = product(*(options["values"] for options in self.search_space.values()))
        else:
            points = (map(draw, self.search_space.values(), point) for point in self._points())
        for point in islice(points, self.trials):
            yield {name: str(value) for name, value in zip(self.search_space, point, strict=True)}

    def _points(self) -> Iterator[list[float]]:
        """Yield points of the unit cube, one coordinate for each hyperparameter."""
        size = len(self.search_space)
        if self.algorithm == "sobol":
            from scipy.stats import qmc  # half a second, and only sobol sampling needs it

            sampler = qmc.Sobol(size, seed=self.seed)
            while True:
                yield [float(value) for value in sampler.random(1)[0]]
        generator = random.Random(self.seed)
        while True:
            yield [generator.random() for _ in range(size)]

    def best(self, results: Mapping[int, float]) -> int | None:
        """Return the trial with the best value of the metric, the earliest of equals."""
        sign = -1 if self.goal == "maximize" else 1
        return min(results, key=lambda trial: (sign * results[trial], trial), default=None)

    def best_value(self, history: list[float]) -> float | None:
        """Return the best of the values that one trial logged."""
        return (max if self.goal == "maximize" else min)(history, default=None)


def read_sweep(settings: Mapping[str, object]) -> Sweep:
    """Return what a sweep step asks for; raise SettingsError."""
    algorithm, seed = _sampling(settings.get("sampling_algorithm") or "random")
    objective, limits = mapping(settings.get("objective")), mapping(settings.get("limits"))
    goal = str(objective.get("goal", "")).lower()
    if goal not in GOALS:
        raise SettingsError(f"objective.goal must be minimize or maximize, not '{goal}'", "objective", "goal")
    if not objective.get("primary_metric"):
        raise SettingsError("objective.primary_metric is missing: which metric decides?", "objective")
    trials = positive(limits, "max_total_trials", int)
    if trials is None and algorithm != "grid":
        raise SettingsError("limits.max_total_trials is missing: how many trials should run?", "limits")
    return Sweep(
        _search_space(settings, algorithm),
        algorithm,
        seed,
        str(objective["primary_metric"]),
        goal,
        trials,
        positive(limits, "max_concurrent_trials", int),
        positive(limits, "timeout", float),
    )


def _sampling(given: object) -> tuple[str, int]:
    options: dict = given if isinstance(given, dict) else {"type": given}
    algorithm, rule = (str(options.get(key) or "random").lower() for key in ("type", "rule"))
    if algorithm == "random" and rule == "sobol":
        algorithm = "sobol"
    place = "sampling_algorithm"
    if algorithm not in ALGORITHMS:
        text = f"{algorithm} sampling runs on Azure ML only; {', '.join(ALGORITHMS)} run here"
        raise SettingsError(text, place)
    seed = options.get("seed") or DEFAULT_SEED
    if not str(seed).isdecimal():
        raise SettingsError(f"the seed must be an integer, not '{seed}'", place, "seed")
    return algorithm, int(seed)


def _search_space(settings: Mapping[str, object], algorithm: str) -> dict[str, dict]:
    space = {str(name): mapping(value) for name, value in mapping(settings.get("search_space")).items()}
    if not space:
        raise SettingsError("search_space is missing: which hyperparameters vary?")
    for name, distribution in space.items():
        _check(name, distribution, algorithm)
    return space


def _check(name: str, distribution: dict, algorithm: str) -> None:
    place, kind = ("search_space", name), str(distribution.get("type", "")).lower()
    if kind not in DISTRIBUTIONS:
        raise SettingsError(f"there is no distribution '{kind}'{did_you_mean(kind, DISTRIBUTIONS)}", *place)
    if algorithm == "grid" and kind != "choice":
        raise SettingsError(f"grid sampling takes only choice, not {kind}", *place)
    values = sequence(distribution.get("values"))
    if kind == "choice" and not values:
        raise SettingsError("choice needs a list of values", *place)
    if kind == "choice" and any(isinstance(value, dict | list) for value in values):
        raise SettingsError("a search space inside a choice runs on Azure ML only", *place)
    try:
        draw(distribution, 0.5)
    except KeyError as error:
        raise SettingsError(f"{kind} needs {error.args[0]}", *place) from error
    except (TypeError, ValueError, ArithmeticError) as error:
        raise SettingsError(f"no value can be drawn: {error}", *place) from error


def draw(distribution: dict, share: float) -> object:
    """Return the value of a distribution at ``share``, its position between 0 and 1."""
    kind = str(distribution["type"]).lower()
    if kind == "choice":
        values = distribution["values"]
        return values[min(int(share * len(values)), len(values) - 1)]
    if kind == "randint":
        if int(distribution["upper"]) < 1:
            raise ValueError("upper must be above 0")
        return int(share * int(distribution["upper"]))
    if "uniform" in kind:
        low, high = float(distribution["min_value"]), float(distribution["max_value"])
        value = low + share * (high - low)
    else:
        share = min(max(share, 1e-12), 1 - 1e-12)
        value = NormalDist(float(distribution["mu"]), float(distribution["sigma"])).inv_cdf(share)
    if "log" in kind:
        value = math.exp(value)
    if kind.startswith("q"):
        step = float(distribution["q"])
        value = round(value / step) * step
    return value


# Running the trials


@dataclass
class _Trials:
    """The trials of one sweep; ``whole`` is the attempt of the step itself."""

    whole: Attempt
    sweep: Sweep
    completed: dict[int, Attempt] = field(default_factory=dict)
    failed: Attempt | None = None
    problem: str = ""
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    started: float = field(default_factory=time.monotonic)

    def execute(self) -> Outcome:
        samples = enumerate(self.sweep.samples())
        workers = min(self.sweep.concurrent or self.sweep.size, os.cpu_count() or 1)
        with ThreadPoolExecutor(max_workers=workers) as pool:
            for worker in [pool.submit(self._work, samples) for _ in range(workers)]:
                worker.result()
        return self._close()

    def _work(self, samples: Iterator[tuple[int, dict[str, str]]]) -> None:
        """Run one trial after another, as long as there are some and there is time for them."""
        while not self.whole.world.processes.cancelled:
            seconds = self._seconds()
            with self.lock:  # a trial is drawn when its turn has come: there may be millions
                drawn = next(samples, None)
            if drawn is None or (seconds is not None and seconds <= 0):
                return
            self._trial(*drawn, seconds)
            self.done += 1
            self.whole.note(f"{self.done}/{self.sweep.size} trials")

    def _trial(self, number: int, sample: dict[str, str], seconds: float | None) -> None:
        trial = self.whole.trial(number, sample, seconds)
        if problem := trial.execute():
            self.failed = trial
            self.problem = f"trial {number}: {problem}"
        else:
            self.completed[number] = trial

    def _seconds(self) -> float | None:
        """Return how long a trial that starts now may take: its own limit or what is left of the sweep's."""
        limits = [] if self.whole.seconds is None else [self.whole.seconds]
        if self.sweep.seconds is not None:
            limits.append(self.started + self.sweep.seconds - time.monotonic())
        return min(limits, default=None)

    def _close(self) -> Outcome:
        tracking, run = self.whole.world.tracking, self.whole.run
        if self.whole.world.processes.cancelled:
            tracking.end(run, KILLED)
            return Outcome(CANCELLED, self._log)
        values = self._values()
        number = self.sweep.best(values)
        if number is None:
            tracking.end(run, FAILED)
            return Outcome(self._why_no_best(), self._log)
        best = self.completed[number]
        link(self.whole.folder / "outputs", best.folder / "outputs")
        tracking.copy(best.run, run)
        tracking.tag(run, {"azureml.sweep.best_trial": str(number)})
        tracking.end(run, FINISHED)
        chosen = ", ".join(f"{name}={value}" for name, value in best.chosen.items())
        remark = f"best trial {number} ({chosen}): {self.sweep.metric} {values[number]:.6g}"
        return Outcome(None, best.log, remark)

    def _values(self) -> dict[int, float]:
        """Return the best value of the metric of each trial that logged it."""
        tracking, metric = self.whole.world.tracking, self.sweep.metric
        histories = {
            number: tracking.metric_history(trial.run, metric) for number, trial in self.completed.items()
        }
        values = {number: self.sweep.best_value(history) for number, history in histories.items()}
        return {number: value for number, value in values.items() if value is not None}

    @property
    def _log(self) -> Path | None:
        trial = self.failed or next(iter(self.completed.values()), None)
        return trial.log if trial else None

    def _why_no_best(self) -> str:
        if not self.completed:
            return f"no trial completed; {self.problem or 'the time was up'}"
        tracking = self.whole.world.tracking
        logged = {name for trial in self.completed.values() for name in tracking.metrics(trial.run)}
        hint = did_you_mean(self.sweep.metric, logged - {self.sweep.metric})
        return f"no trial that completed logged the metric '{self.sweep.metric}'{hint}"
