"""Steps that log with azureml-core (SDK v1): ``Run.get_context()`` gives an offline run, which only prints.

Numbers that it prints become metrics of the step's MLflow run, as on Azure ML; what else it was to keep is
told when the step ends. Source: azureml-core 1.61, ``core/run.py``, ``_OfflineRun``.
"""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from azml.core.paths import read_text

from .data.files import shipped_files
from .environments.interpreter import Interpreter
from .steps.step import PlannedStep

PACKAGE = "azureml-core"
MOST_NAMES = 5
_USE = re.compile(r"\bRun\s*\.\s*get_context\s*\(")
# ``run.experiment.workspace``: an offline run has no experiment.
_WORKSPACE = re.compile(r"\.\s*experiment\b")
_METRIC = re.compile(r"Attempted to log (?P<kind>\w+) metric (?P<name>.*):")
_OTHER = re.compile(r"Attempted to (?:track (?:files?|folder)|add tag) (?P<name>\S+)")


@dataclass
class Logged:
    """What an offline run was given: ``metrics`` in order, and the names of what is lost."""

    metrics: list[tuple[str, float]] = field(default_factory=list)
    lost: dict[str, None] = field(default_factory=dict)


def offline_notes(step: PlannedStep, interpreter: Interpreter) -> list[str]:
    """Say that a step's code asks azureml-core for its run, where it does, and what that run lacks."""
    if PACKAGE not in interpreter.packages:
        return []
    files = (file.source for file in shipped_files(step.definition) if file.name.endswith(".py"))
    found = next((file for file in files if _USE.search(read_text(file))), None)
    if found is None:
        return []
    text = f"{step.id}: {found.name} logs with {PACKAGE}, whose run is offline here: numbers become metrics"
    notes = [f"{text}; tables, images, files and tags are not kept"]
    content = read_text(found)
    if asked := _WORKSPACE.search(content):
        place = f"{found.name}:{content.count(chr(10), 0, asked.start()) + 1}"
        notes.append(
            f"{step.id}: {place} asks that run for its experiment; it has none here, and no workspace"
        )
    return notes


def read_logged(log: Path, interpreter: Interpreter) -> Logged:
    """Return what a step's log says of an offline run."""
    logged = Logged()
    if PACKAGE not in interpreter.packages or not log.exists():
        return logged
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            metric = _METRIC.match(line)
            if metric and metric["kind"] == "scalar":
                _add_number(logged, metric["name"], next(lines, ""))
            elif other := metric or _OTHER.match(line):
                logged.lost[other["name"]] = None
    return logged


def remark(logged: Logged) -> str:
    """Say what was lost; empty where nothing was."""
    names = list(logged.lost)
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"not kept from {PACKAGE}'s offline run: {', '.join(names[:MOST_NAMES])}{more}" if names else ""


def _add_number(logged: Logged, name: str, text: str) -> None:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number):
        logged.metrics.append((name, number))
    else:
        logged.lost[name] = None
