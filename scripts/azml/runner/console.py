"""What a person sees of a run: the plan, a live table on a terminal (plain lines elsewhere), the end."""

import re
import shlex
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol

from rich.console import Console as Terminal
from rich.live import Live
from rich.table import Table
from rich.text import Text

from azml.core.secrets import hide_secrets

from .plan import Plan, StepOutput, Value
from .step import PlannedStep

COMPLETED, REUSED, FAILED_STEP, CANCELLED_STEP, NOT_STARTED = (
    "Completed", "Reused", "Failed", "Canceled", "Not started"
)  # fmt: skip
WIDEST = 1000
MOST_METRICS = 12
_UNPRINTABLE = re.compile(r"[^\t\x20-\x7e\xa0-\U0010ffff]")
COLORS = {COMPLETED: "green", REUSED: "cyan", FAILED_STEP: "red", CANCELLED_STEP: "yellow", "Running": "blue"}


class StepResult(Protocol):
    """What the console shows of a step's end."""

    status: str
    problem: str
    log: Path | None


class Console:
    """Shows the status of the steps; ``with`` it while steps run."""

    def __init__(self, steps: list[str]) -> None:
        self.terminal = Terminal(stderr=False, highlight=False, soft_wrap=True)
        self.steps: dict[str, tuple[str, float, str]] = dict.fromkeys(steps, (NOT_STARTED, 0.0, ""))
        self._lock = threading.RLock()
        self._live = Live(get_renderable=self._table, console=self.terminal, refresh_per_second=8)
        self._downloads: dict[str, int] = {}

    def __enter__(self) -> "Console":
        if self.terminal.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.terminal.is_terminal:
            self._live.stop()

    def started(self, step: str) -> None:
        """Show that a step runs."""
        self._set(step, "Running", time.monotonic(), "")

    def note(self, step: str, text: str) -> None:
        """Show how far a running step is."""
        with self._lock:
            status, since, _ = self.steps[step]
            self.steps[step] = (status, since, text)

    def finished(self, step: str, status: str, seconds: float, remark: str) -> None:
        """Show how a step ended."""
        self._set(step, status, seconds, remark)

    def progress(self, address: str, done: int, total: int | None) -> None:
        """Show how far a download is, at most once per tenth of it."""
        share = 10 * done // total if total else done // 100_000_000
        if self._downloads.get(address) == share:
            return
        self._downloads[address] = share
        of = f" of {total / 1e6:.1f}" if total else ""
        self.terminal.print(Text(f"downloading {address}: {done / 1e6:.1f}{of} MB", style="dim"))

    def _set(self, step: str, status: str, seconds: float, remark: str) -> None:
        with self._lock:
            self.steps[step] = (status, seconds, remark)
            if not self.terminal.is_terminal:
                duration = "" if status == "Running" else f"  {seconds:.1f} s"
                line = f"{step}  {status}{duration}{'  ' + remark if remark else ''}"
                self.terminal.print(line, markup=False)
                self.terminal.file.flush()

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, show_header=False)
        with self._lock:
            rows = list(self.steps.items())
        for name, (status, seconds, remark) in rows:
            elapsed = time.monotonic() - seconds if status == "Running" else seconds
            style = COLORS.get(status, "dim")
            duration = f"{elapsed:6.1f} s" if elapsed else ""
            table.add_row(Text(name, style="bold"), Text(status, style=style), duration, Text(remark))
        return table


# Before the run


def print_plan(plan: Plan, home: Path) -> None:
    """Print each step, its inputs and its command."""
    for number, step in enumerate(plan.steps, 1):
        print(f"{number}. {step.id} ({step.type}, {step.place})")
        folder = f"{home}/runs/RUN"
        paths = {f"outputs.{name}": f"{folder}/{step.id}/outputs/{name}" for name in step.outputs}
        for name, value in step.inputs.items():
            if value is not None:
                paths[f"inputs.{name}"] = shown = _shown(value, folder)
                print(hide_secrets(f"   {name} = {shown}"))
        chosen = {name: f"<{name}>" for name in step.search_space}
        print(hide_secrets(f"   $ {step.render_command(paths, chosen).strip()}"))


def _shown(value: Value, folder: str) -> str:
    return f"{folder}/{value}" if isinstance(value, StepOutput) else str(value)


def print_notes(ignored: list[str], differences: list[str]) -> None:
    """Print once what is different here: settings without effect, packages of other versions."""
    if ignored:
        print(f"no effect on this machine: {', '.join(ignored)}")
    if differences:
        print(f"not as in the environment spec: {', '.join(differences)}")


# After the run


def print_steps(steps: list[PlannedStep], results: Mapping[str, StepResult]) -> None:
    """Print the failed steps and those that did not run."""
    for step in steps:
        if results[step.id].status == FAILED_STEP:
            _print_failure(step, results[step.id])
    if left := [name for name, result in results.items() if result.status == NOT_STARTED]:
        print(f"not run: {', '.join(left)}")


def _print_failure(step: PlannedStep, result: StepResult) -> None:
    """Print a failed step's last lines, where its log and its spec are, and how to run it again alone."""
    print(f"\n{step.id} failed: {result.problem}")
    print(f"  spec     {step.place}")
    if result.log and result.log.exists():
        for line in _tail(result.log):
            print(hide_secrets(f"  | {line}"))
        print(f"  log      {result.log}")
        print(f"  again    bash {shlex.quote(str(result.log.parent.parent / 'command.sh'))}")


def print_results(metrics: list[tuple[str, float]], models: list[tuple[str, int]]) -> None:
    """Print the metrics of the last steps and the models that were registered."""
    for name, value in metrics[:MOST_METRICS]:
        print(f"  {name:<24} {value:.6g}")
    for name, version in models:
        print(f"registered model {name}, version {version}")


def _tail(path: Path, lines: int = 20, most: int = 64 * 1024) -> list[str]:
    """Return the last lines of a log, however long they are, without control characters."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - most, 0))
        text = file.read().decode("utf-8", errors="replace")
    return [_UNPRINTABLE.sub(" ", line[:WIDEST]) for line in text.splitlines()[-lines:]]
