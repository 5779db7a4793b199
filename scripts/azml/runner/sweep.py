"""Sweeps: the hyperparameters of each trial, and which trial is the best.

Distributions and limits: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-sweep.
"""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from statistics import NormalDist

from azml.spec.component import mapping
from azml.spec.finding import did_you_mean

from .plan import PlannedStep

ALGORITHMS = ("random", "grid", "sobol")
DISTRIBUTIONS = (
    *("choice", "randint", "uniform", "quniform", "loguniform", "qloguniform"),
    *("normal", "qnormal", "lognormal", "qlognormal"),
)
DEFAULT_SEED = 0


class SweepError(Exception):
    """The sweep cannot be run as written; the message says what is wrong."""


@dataclass(frozen=True)
class Sweep:
    """What a sweep step asks for; a missing limit means all of a grid, or as many as there are cores."""

    search_space: dict[str, dict]
    algorithm: str
    seed: int
    metric: str
    maximize: bool
    trials: int | None
    concurrent: int | None

    def samples(self) -> Iterator[dict[str, str]]:
        """Yield the hyperparameters of each trial, as the command will show them."""
        if self.algorithm == "grid":
            values = [distribution["values"] for distribution in self.search_space.values()]
            points: Iterator = product(*values)
        else:
            points = (self._values(point) for point in self._points())
        for point in islice(points, self.trials):
            yield {name: str(value) for name, value in zip(self.search_space, point, strict=True)}

    def _points(self) -> Iterator[list[float]]:
        """Yield points of the unit cube, one coordinate for each hyperparameter."""
        size = len(self.search_space)
        if self.algorithm == "sobol":
            from scipy.stats import qmc  # half a second, and only sobol sampling needs it

            sampler = qmc.Sobol(size, seed=self.seed)
            while True:
                yield [float(each) for each in sampler.random(1)[0]]
        generator = random.Random(self.seed)
        while True:
            yield [generator.random() for _ in range(size)]

    def _values(self, point: list[float]) -> list[object]:
        pairs = zip(self.search_space.values(), point, strict=True)
        return [draw(distribution, share) for distribution, share in pairs]

    def best(self, results: Mapping[int, float]) -> int | None:
        """Return the trial with the best value of the metric, the earliest of equals."""
        sign = -1 if self.maximize else 1
        return min(results, key=lambda trial: (sign * results[trial], trial), default=None)

    def best_value(self, history: list[float]) -> float | None:
        """Return the best of the values that one trial logged."""
        return (max if self.maximize else min)(history, default=None)


def read_sweep(step: PlannedStep) -> Sweep:
    """Return what a sweep step asks for; raise SweepError."""
    search_space = {str(k): mapping(v) for k, v in mapping(step.setting("search_space")).items()}
    sampling = step.setting("sampling_algorithm") or "random"
    options = sampling if isinstance(sampling, dict) else {"type": sampling}
    algorithm = str(options.get("type", "random")).lower()
    if algorithm == "random" and str(options.get("rule", "random")).lower() == "sobol":
        algorithm = "sobol"
    if algorithm not in ALGORITHMS:
        raise SweepError(f"{algorithm} sampling runs on Azure ML only; {', '.join(ALGORITHMS)} run here")
    for name, distribution in search_space.items():
        kind = str(distribution.get("type", "")).lower()
        if kind not in DISTRIBUTIONS:
            raise SweepError(
                f"search_space.{name}: no distribution '{kind}'{did_you_mean(kind, DISTRIBUTIONS)}"
            )
        if algorithm == "grid" and kind != "choice":
            raise SweepError(f"search_space.{name}: grid sampling takes only choice, not {kind}")
    objective, limits = mapping(step.setting("objective")), mapping(step.setting("limits"))
    trials = limits.get("max_total_trials")
    if not search_space or not objective.get("primary_metric"):
        raise SweepError("a sweep needs a search_space and objective.primary_metric")
    if trials is None and algorithm != "grid":
        raise SweepError("limits.max_total_trials is missing: how many trials shall there be?")
    return Sweep(
        search_space,
        algorithm,
        int(options.get("seed") or DEFAULT_SEED),
        str(objective["primary_metric"]),
        str(objective.get("goal", "")).lower() == "maximize",
        None if trials is None else int(trials),
        int(limits["max_concurrent_trials"]) if limits.get("max_concurrent_trials") else None,
    )


def draw(distribution: dict, share: float) -> object:
    """Return the value of a distribution at ``share``, its position between 0 and 1."""
    kind = str(distribution["type"]).lower()
    if kind == "choice":
        values = distribution["values"]
        return values[min(int(share * len(values)), len(values) - 1)]
    if kind == "randint":
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
