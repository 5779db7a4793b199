"""What came of a run, as plain data: printed at its end, kept as ``run.json`` and compared with the next."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .tracking.store import FAILED, FINISHED, KILLED

RECORD = "run.json"
# How a step ended.
COMPLETED, REUSED, FAILED_STEP, CANCELLED_STEP, NOT_STARTED = (
    "Completed", "Reused", "Failed", "Canceled", "Not started"
)  # fmt: skip


@dataclass
class Summary:
    """How a run ended. ``metrics`` are by step, ``outputs`` the places of the job's own outputs."""

    status: str
    spec: str
    run: str
    seconds: float
    overrides: list[str]
    steps: dict[str, dict]
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    models: list[tuple[str, int]] = field(default_factory=list)
    assets: list[tuple[str, str]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    headline: str = ""
    value: float | None = None
    before: float | None = None

    def as_data(self) -> dict:
        """Return the content of ``run.json``."""
        headline = {"metric": self.headline, "value": self.value, "before": self.before}
        return {
            "status": self.status,
            "spec": self.spec,
            "run": self.run,
            "seconds": round(self.seconds, 3),
            "overrides": self.overrides,
            "headline": headline if self.value is not None else None,
            "steps": self.steps,
            "metrics": self.metrics,
            "models": [{"name": name, "version": version} for name, version in self.models],
            "assets": [{"name": name, "version": version} for name, version in self.assets],
            "outputs": self.outputs,
        }

    @property
    def all_metrics(self) -> dict[str, float]:
        """The metrics of all steps, of one name that of the last step."""
        return {name: value for logged in self.metrics.values() for name, value in logged.items()}

    def set_headline(self, metric: str, runs: Path) -> None:
        """Take one metric as the number that matters, with what it was in the last run of the same spec."""
        self.headline, self.value = metric, last_value(self.metrics, metric)
        earlier = (last_value(record["metrics"], metric) for record in _completed(runs, self.spec))
        self.before = next((value for value in earlier if value is not None), None)


def verdict(summary: Summary, encoding: str) -> str:
    """Return how a run ended, in one line that an encoding can write."""
    word = {FINISHED: "completed", FAILED: "failed", KILLED: "canceled"}[summary.status]
    parts = [f"{word} in {summary.seconds:.1f} s"]
    if summary.value is not None:
        text = f"{summary.headline} {summary.value:.4g}"
        if summary.before == summary.value:
            text += " (as in the last run)"
        elif summary.before is not None:
            text += f" ({summary.value - summary.before:+.3g} since the last run)"
        parts.append(text)
    parts += [f"{name} v{version} registered" for name, version in (*summary.models, *summary.assets)]
    mark, dot = {FINISHED: "✓ "}.get(summary.status, "✗ "), " · "
    try:
        (mark + dot).encode(encoding)
    except UnicodeEncodeError:
        mark, dot = "", ", "
    return mark + dot.join(parts)


def last_value(metrics: Mapping[str, Mapping[str, float]], metric: str) -> float | None:
    """Return a metric as the last step that logged it did, or None."""
    values = [logged[metric] for logged in metrics.values() if metric in logged]
    return values[-1] if values else None


def last_completed(runs: Path, spec: Path, step: str) -> Path | None:
    """Return the folder that a step of a spec left when it last completed, if it is still there."""
    for record in _records(runs):
        with suppress(KeyError, TypeError):
            found, folder = record["steps"][step], Path(record["steps"][step]["folder"])
            is_same = os.path.abspath(record["spec"]) == os.path.abspath(spec)
            if is_same and found["status"] in (COMPLETED, REUSED) and folder.is_dir():
                return folder
    return None


def _completed(runs: Path, spec: str) -> Iterator[dict]:
    """Yield the records of the completed runs of a spec, the newest first."""
    for record in _records(runs):
        with suppress(KeyError, TypeError, AttributeError):
            if (record["spec"], record["status"]) == (spec, FINISHED):
                last_value(record["metrics"], "")  # raises now what a damaged record would raise later
                yield record


def _records(runs: Path) -> Iterator[dict]:
    """Yield the records of all runs, the newest first."""
    for path in sorted(runs.glob(f"*/{RECORD}"), reverse=True):
        with suppress(OSError, ValueError):
            yield json.loads(path.read_text(encoding="utf-8"))
