"""Parallel steps: ``init()`` once a process, ``run(mini_batch)`` for each mini-batch, side by side.

Settings: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-parallel and
https://learn.microsoft.com/azure/machine-learning/how-to-use-parallel-job-in-pipeline. The mini-batches are
run by ``parallel_driver``, in the step's own Python.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from azml.core import expressions as grammar
from azml.core.components import Component, build_component
from azml.core.document import load
from azml.core.expressions import whole_binding
from azml.core.values import mapping, sequence

from .step import Outcome, PlannedStep, SettingsError

if TYPE_CHECKING:
    from ..attempt import Attempt

DRIVER = Path(__file__).with_name("parallel_driver.py")
FUNCTIONS = ("run_function", "function")
UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
# The defaults of the reference; a mini-batch is 10 files or 1 MB of rows.
FILES, BYTES = 10, UNITS["mb"]
RETRIES, SECONDS = 2, 60


class ParallelStep(PlannedStep):
    """``type: parallel``, in a pipeline or as a component; what runs is in its ``task``."""

    type = "parallel"
    command_key = "program_arguments"
    needs_command = False

    def read_settings(self) -> None:
        """Read the task and how it is split, retried and counted."""
        task = self.definition.data
        if task.get("type") not in FUNCTIONS:
            raise SettingsError(f"task.type must be run_function here, not {task.get('type')!r}", "task")
        if not isinstance(task.get("entry_script"), str):
            raise SettingsError("task.entry_script is missing: which script has init() and run()?", "task")
        self.driver = {
            "entry_script": task["entry_script"],
            "input": self._bound("input_data", grammar.INPUT, self.inputs),
            "append_row_to": self._append_row_to(),
            "partition_keys": [str(key) for key in sequence(self._said("partition_keys"))],
            **self._size(),
            "error_threshold": self._integer("error_threshold", least=-1, default=-1),
            "mini_batch_error_threshold": self._integer("mini_batch_error_threshold", least=-1, default=-1),
            "processes": self._processes(),
            **self._retries(),
        }

    @cached_property
    def definition(self) -> Component:
        """The task: it says the code, the script and the environment."""
        return build_component(self.component.document, (*self.component.pointer, "task"))

    @property
    def declaring(self) -> Component:
        """The component around the task."""
        return self.component

    def render_command(self, paths: Mapping[str, str], chosen: Mapping[str, str]) -> str:
        """Return the command that runs the mini-batches; no shell sees the program's arguments."""
        settings = dict(self.driver)
        settings["input"] = paths.get(f"inputs.{self.driver['input']}", "")
        settings["table"] = load(Path(settings["input"], "MLTable")).data  # the step may have no YAML
        settings["append_row_to"] = paths.get(f"outputs.{self.driver['append_row_to']}", "")
        arguments = super().render_command(paths, chosen).strip()
        return shlex.join(["python", str(DRIVER), json.dumps(settings, ensure_ascii=False), arguments])

    def show_command(self, paths: Mapping[str, str], chosen: Mapping[str, str]) -> str:
        """Return the script and its arguments, without what runs it."""
        return f"{self.driver['entry_script']} {super().render_command(paths, chosen)}"

    def execute(self, attempt: Attempt) -> Outcome:
        """Run the mini-batches."""
        return Outcome(attempt.execute(), attempt.log, attempt.remark)

    # Settings

    def _said(self, key: str) -> object:
        """Return a setting of the step, else of its component."""
        return self.settings.get(key, self.component.data.get(key))

    def _bound(self, key: str, scope: str, names: Mapping[str, object]) -> str:
        binding = whole_binding(self._said(key))
        if binding is None or binding.scope != scope or binding.name not in names:
            raise SettingsError(f"{key} must name one of the step's own, as ${{{{{scope}.<name>}}}}", key)
        return binding.name

    def _append_row_to(self) -> str:
        text = self.definition.data.get("append_row_to")
        if text is None:
            return ""
        binding = whole_binding(text)
        if binding is None or binding.scope != grammar.OUTPUT or binding.name not in self.outputs:
            message = "append_row_to must name an output of the step, as ${{outputs.<name>}}"
            raise SettingsError(message, "task", "append_row_to")
        return binding.name

    def _size(self) -> dict[str, int]:
        """Return how large a mini-batch is: ``files`` of a folder, or ``bytes`` of rows."""
        text = self._said("mini_batch_size")
        if text is None:
            return {"files": FILES, "bytes": BYTES}
        match = re.fullmatch(r"(\d+)\s*([kmg]?b?)", str(text).strip().lower())
        if not match or match[2] not in UNITS or int(match[1]) == 0:
            raise SettingsError(f"mini_batch_size must be like 10 or 100kb, not {text!r}", "mini_batch_size")
        size = int(match[1]) * UNITS[match[2]]
        return {"files": int(match[1]), "bytes": size}

    def _integer(self, *keys: str, least: int, default: int) -> int:
        """Return the integer at ``keys``, the default where there is none."""
        value = self._said(keys[0])
        for key in keys[1:]:
            value = mapping(value).get(key)
        try:
            number = default if value is None else int(str(value))
        except ValueError:
            number = least - 1
        if number < least:
            name = ".".join(keys)
            raise SettingsError(f"{name} must be an integer of at least {least}, not {value!r}", *keys)
        return number

    def _processes(self) -> int:
        nodes = self._integer("resources", "instance_count", least=1, default=1)
        return nodes * self._integer("max_concurrency_per_instance", least=1, default=1)

    def _retries(self) -> dict[str, int]:
        return {
            "max_retries": self._integer("retry_settings", "max_retries", least=0, default=RETRIES),
            "timeout": self._integer("retry_settings", "timeout", least=1, default=SECONDS),
        }
