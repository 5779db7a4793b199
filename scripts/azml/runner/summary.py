"""What came of a run, as plain data: printed at its end, kept as ``run.json`` and compared with the next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .tracking import FINISHED

RECORD = "run.json"


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
            "outputs": self.outputs,
        }

    def set_headline(self, metric: str, runs: Path) -> None:
        """Take one metric as the number that matters, with what it was in the last run of the same spec."""
        self.headline, self.value = metric, last_value(self.metrics, metric)
        earlier = (last_value(record["metrics"], metric) for record in _completed(runs, self.spec))
        self.before = next((value for value in earlier if value is not None), None)


def last_value(metrics: Mapping[str, Mapping[str, float]], metric: str) -> float | None:
    """Return a metric as the last step that logged it did, or None."""
    values = [logged[metric] for logged in metrics.values() if metric in logged]
    return values[-1] if values else None


def _completed(runs: Path, spec: str) -> list[dict]:
    """Return the records of the completed runs of a spec, the newest first."""
    found = []
    for path in sorted(runs.glob(f"*/{RECORD}"), reverse=True):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if (record["spec"], record["status"]) == (spec, FINISHED):
                last_value(record["metrics"], "")  # raises now what a damaged record would raise later
                found.append(record)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return found
