"""Scores of probabilities against what happened, and how far chance moves them (bootstrap)."""

from collections.abc import Iterator

import numpy as np

DRAWS = 500


class Ranked:
    """Clients in the order of their probability, so that every score is a sum: cheap enough to resample.

    Takes the target, 0 and 1, the probabilities of 1, and the threshold from which they count as 1.
    """

    def __init__(self, target: np.ndarray, probability: np.ndarray, threshold: float) -> None:
        self._order = np.argsort(probability, kind="stable")
        self._target = target[self._order].astype(bool)
        self._probability = probability[self._order]
        self._starts = np.flatnonzero(np.diff(self._probability, prepend=-1.0))  # of equal probabilities
        self._flagged = self._probability >= threshold
        smallest = np.finfo(float).eps
        clipped = np.clip(self._probability, smallest, 1 - smallest)
        self._loss = -np.log(np.where(self._target, clipped, 1 - clipped))
        self._error = (self._probability - self._target) ** 2

    def scores(self, weights: np.ndarray | None = None) -> dict[str, float]:
        """Return all scores; `weights` say how often each client counts, in the order they were given."""
        weight = np.ones(len(self._order)) if weights is None else weights[self._order]
        positive, total = weight * self._target, weight.sum()
        hits, flagged, defaults = (
            (positive * self._flagged).sum(),
            (weight * self._flagged).sum(),
            positive.sum(),
        )
        precision, recall = hits / max(flagged, 1), hits / max(defaults, 1)
        return {
            "roc_auc": self.roc_auc(weights),
            "average_precision": self._average_precision(positive, weight),
            "log_loss": weight @ self._loss / total,
            "brier_score": weight @ self._error / total,
            "accuracy": (total - flagged - defaults + 2 * hits) / total,
            "precision": precision,
            "recall": recall,
            "f1": 2 * hits / max(flagged + defaults, 1),
            "false_positive_rate": (flagged - hits) / max(total - defaults, 1),
        }

    def roc_auc(self, weights: np.ndarray | None = None) -> float:
        """Return the share of pairs, a default and a repaid loan, that are ranked right; ties are a half."""
        weight = np.ones(len(self._order)) if weights is None else weights[self._order]
        ones = np.add.reduceat(weight * self._target, self._starts)
        zeros = np.add.reduceat(weight * ~self._target, self._starts)
        return float(ones @ (np.cumsum(zeros) - zeros / 2) / max(ones.sum() * zeros.sum(), 1))

    def _average_precision(self, positive: np.ndarray, weight: np.ndarray) -> float:
        ones = np.add.reduceat(positive, self._starts)[::-1]
        seen = np.cumsum(np.add.reduceat(weight, self._starts)[::-1])
        return float(ones @ (np.cumsum(ones) / np.maximum(seen, 1)) / max(ones.sum(), 1))


def resamples(rows: int, draws: int = DRAWS) -> Iterator[np.ndarray]:
    """Yield how often each row was drawn in samples of all rows with replacement; the same every time."""
    random = np.random.default_rng(0)
    for _ in range(draws):
        yield np.bincount(random.integers(rows, size=rows), minlength=rows)


def with_intervals(ranked: Ranked, rows: int) -> dict[str, tuple[float, float, float]]:
    """Return each score with the bounds of its 95 % interval."""
    drawn = [ranked.scores(weights) for weights in resamples(rows)]
    return {
        name: (float(value), *(float(q) for q in np.quantile([each[name] for each in drawn], (0.025, 0.975))))
        for name, value in ranked.scores().items()
    }
