"""``--set KEY=VALUE``, as ``az ml job create`` has it: the YAML is changed before anything else reads it.

Values stay strings and lists are reached by ``key[0]`` (azure-ai-ml ``entities/_load_functions.py``,
``add_param_overrides``). Where ``az`` would make up a key that nothing reads, this is an error.
"""

import re

from azml.spec.document import Document
from azml.spec.finding import did_you_mean

# Keys that a job may be given although the file has them not
# (https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-pipeline and -job-command).
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
# Mappings whose keys the file's author chose: nothing is added to them.
NAMED = ("inputs", "outputs", "jobs")
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class OverrideError(Exception):
    """A --set cannot be applied; the message says why."""


def apply_overrides(document: Document, texts: list[str]) -> None:
    """Change the document's data by ``path.to.key=value``; raise OverrideError for an unknown path."""
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            raise OverrideError(f"--set {text}: KEY=VALUE was expected")
        _set(document.data, path.strip(), value)


def _set(data: object, path: str, value: str) -> None:
    parts: list[str | int] = [int(index) if index else key for key, index in _PART.findall(path)]
    for depth, part in enumerate(parts[:-1]):
        _check(data, parts, depth, path)
        if isinstance(data, dict) and data.get(part) is None:
            data[part] = {}
        data = data[part]
    _check(data, parts, len(parts) - 1, path)
    data[parts[-1]] = value


def _check(data: object, parts: list[str | int], depth: int, path: str) -> None:
    part = parts[depth]
    if isinstance(data, list):
        if not isinstance(part, int) or part >= len(data):
            raise OverrideError(f"--set {path}: the list has no item {part}")
        return
    if not isinstance(data, dict):
        raise OverrideError(f"--set {path}: nothing can be set below {parts[depth - 1]}")
    parent = parts[depth - 1] if depth else None
    known = JOB_KEYS if depth == 0 else SETTINGS if parts[:depth] == ["settings"] else ()
    fixed = depth == 0 or (depth == 1 and parent == "settings") or (parent in NAMED and depth == 1)
    if fixed and part not in data and part not in known:
        raise OverrideError(f"--set {path}: there is no '{part}' here{did_you_mean(part, [*data, *known])}")
