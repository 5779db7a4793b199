"""``--set KEY=VALUE``, as in ``az ml job create``: changes the YAML before anything else reads it.

Values stay strings and lists are reached by ``key[0]`` (azure-ai-ml ``entities/_load_functions.py``,
``add_param_overrides``). A key that nothing reads, which ``az`` would add, is an error here.
"""

import re
from collections.abc import Sequence
from typing import Any

from .document import Document
from .finding import did_you_mean
from .values import mapping

# Keys that may be added to a file
# (https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-pipeline, -job-command, -job-sweep).
JOB_KEYS = (
    *("name", "display_name", "description", "experiment_name", "tags", "properties", "compute", "settings"),
    *("inputs", "outputs", "jobs", "component", "command", "code", "environment", "environment_variables"),
    *("limits", "resources", "distribution", "identity", "services", "queue_settings", "type"),
    *("trial", "objective", "search_space", "sampling_algorithm", "early_termination"),
)
SETTINGS = (
    *("default_compute", "default_datastore", "continue_on_step_failure", "force_rerun"),
    *("continue_run_on_step_failure", "on_init", "on_finalize"),
)
PORT_KEYS = ("type", "path", "mode", "value", "default", "name", "version", "description", "optional")
LIMITS = ("timeout", "trial_timeout", "max_total_trials", "max_concurrent_trials")
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_PATH = re.compile(r"[^.\[\]]+(?:\[\d+\])*(?:\.[^.\[\]]+(?:\[\d+\])*)*")


class OverrideError(Exception):
    """A --set cannot be applied; the message says why."""


def apply_overrides(document: Document, texts: Sequence[str]) -> None:
    """Change the document's data by ``path.to.key=value``; raise OverrideError for an unknown path."""
    for text in texts:
        path, _, value = text.partition("=")
        parts = [int(index) if index else key for key, index in _PART.findall(path)]
        if "=" not in text or not _PATH.fullmatch(path):
            raise OverrideError(f"--set {text}: KEY=VALUE was expected")
        try:
            _set(mapping(document.data), parts, value)
        except OverrideError as error:
            raise OverrideError(f"--set {path}: {error}") from error


def _set(job: dict, parts: list[str | int], value: str) -> None:
    data: Any = job
    for depth, part in enumerate(parts):
        _check(job, data, parts[:depth], part)
        if depth == len(parts) - 1:
            data[part] = value
        elif isinstance(data, dict) and data.get(part) is None:
            data[part] = {}
        data = data[part]


def _check(job: dict, data: object, above: list[str | int], part: str | int) -> None:
    if isinstance(data, list):
        if not isinstance(part, int) or part >= len(data):
            raise OverrideError(f"the list has no item {part}")
    elif not isinstance(data, dict):
        raise OverrideError(f"nothing can be set below {above[-1]}")
    elif part not in data and (known := _known(job, above)) is not None and part not in known:
        raise OverrideError(f"there is no '{part}' here{did_you_mean(part, [*data, *known])}")


def _known(job: dict, above: list[str | int]) -> tuple[str, ...] | None:
    """Return the keys that may be added to a mapping; None where any may."""
    match above:
        case ["inputs"] if "component" in job:
            return None  # declared by the component
        case [] | ["jobs", _]:
            return JOB_KEYS
        case ["inputs" | "outputs" | "jobs"]:
            return ()  # names chosen in the file
        case [*_, "inputs" | "outputs", _]:
            return PORT_KEYS
        case [*_, "settings"]:
            return SETTINGS
        case [*_, "limits"]:
            return LIMITS
    return None
