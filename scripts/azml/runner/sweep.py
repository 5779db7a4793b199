"""Sweeps: the hyperparameters of each trial, and which trial is the best.

Distributions and limits: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-sweep.
"""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from statistics import NormalDist

from azml.core.document import Pointer
from azml.core.finding import did_you_mean
from azml.core.values import mapping

ALGORITHMS = ("random", "grid", "sobol")
GOALS = ("minimize", "maximize")
DISTRIBUTIONS = (
    *("choice", "randint", "uniform", "quniform", "loguniform", "qloguniform"),
    *("normal", "qnormal", "lognormal", "qlognormal"),
)
DEFAULT_SEED = 0


class SweepError(Exception):
    """The sweep cannot be run as written; ``pointer`` leads to what is wrong in the step."""

    def __init__(self, message: str, *pointer: str) -> None:
        super().__init__(message)
        self.pointer: Pointer = pointer


@dataclass(frozen=True)
class Sweep:
    """What a sweep step asks for; None for a limit that is not given."""

    search_space: dict[str, dict]
    algorithm: str
    seed: int
    metric: str
    goal: str
    trials: int | None
    concurrent: int | None
    seconds: float | None

    def samples(self) -> Iterator[dict[str, str]]:
        """Yield the hyperparameters of each trial, as the command will show them."""
        if self.algorithm == "grid":
            points: Iterator = product(*(each["values"] for each in self.search_space.values()))
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
                yield [float(each) for each in sampler.random(1)[0]]
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
    """Return what a sweep step asks for; raise SweepError."""
    algorithm, seed = _sampling(settings.get("sampling_algorithm") or "random")
    objective, limits = mapping(settings.get("objective")), mapping(settings.get("limits"))
    goal = str(objective.get("goal", "")).lower()
    if goal not in GOALS:
        raise SweepError(f"objective.goal must be minimize or maximize, not '{goal}'", "objective", "goal")
    if not objective.get("primary_metric"):
        raise SweepError("objective.primary_metric is missing: which metric decides?", "objective")
    trials = positive(limits, "max_total_trials", int)
    if trials is None and algorithm != "grid":
        raise SweepError("limits.max_total_trials is missing: how many trials shall there be?", "limits")
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


def positive(limits: Mapping[str, object], name: str, kind: type[int] | type[float]) -> float | None:
    """Return one of a step's limits, a number above zero; raise SweepError."""
    value = limits.get(name)
    try:
        number = None if value is None else kind(str(value))
        if number is None or number > 0:
            return number
    except ValueError:
        pass
    raise SweepError(f"limits.{name}: a number above 0 was expected, not '{value}'", "limits", name)


def _sampling(given: object) -> tuple[str, int]:
    options = given if isinstance(given, dict) else {"type": given}
    algorithm, rule = (str(options.get(key) or "random").lower() for key in ("type", "rule"))
    if algorithm == "random" and rule == "sobol":
        algorithm = "sobol"
    place = "sampling_algorithm"
    if algorithm not in ALGORITHMS:
        text = f"{algorithm} sampling runs on Azure ML only; {', '.join(ALGORITHMS)} run here"
        raise SweepError(text, place)
    seed = options.get("seed") or DEFAULT_SEED
    if not str(seed).isdigit():
        raise SweepError(f"the seed must be a whole number, not '{seed}'", place, "seed")
    return algorithm, int(seed)


def _search_space(settings: Mapping[str, object], algorithm: str) -> dict[str, dict]:
    space = {str(name): mapping(each) for name, each in mapping(settings.get("search_space")).items()}
    if not space:
        raise SweepError("search_space is missing: which hyperparameters shall vary?")
    for name, distribution in space.items():
        _check(name, distribution, algorithm)
    return space


def _check(name: str, distribution: dict, algorithm: str) -> None:
    place, kind = ("search_space", name), str(distribution.get("type", "")).lower()
    if kind not in DISTRIBUTIONS:
        raise SweepError(f"no distribution '{kind}'{did_you_mean(kind, DISTRIBUTIONS)}", *place)
    if algorithm == "grid" and kind != "choice":
        raise SweepError(f"grid sampling takes only choice, not {kind}", *place)
    values = distribution.get("values")
    if kind == "choice" and (not isinstance(values, list) or not values):
        raise SweepError("choice needs a list of values", *place)
    if kind == "choice" and any(isinstance(each, dict | list) for each in values):
        raise SweepError("a search space inside a choice runs on Azure ML only", *place)
    try:
        draw(distribution, 0.5)
    except KeyError as error:
        raise SweepError(f"{kind} needs {error.args[0]}", *place) from error
    except (TypeError, ValueError, ArithmeticError) as error:
        raise SweepError(f"no value can be drawn: {error}", *place) from error


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
