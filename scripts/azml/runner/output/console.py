"""What a person sees of a run: a live table on a terminal (plain lines elsewhere), the end."""

import shlex
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol

from rich.cells import cell_len
from rich.console import Console as Terminal
from rich.console import Group
from rich.live import Live
from rich.text import Text

from azml.core.secrets import hide_secrets
from azml.core.show import printable

from ..steps.step import PlannedStep
from ..summary import CANCELLED_STEP, COMPLETED, FAILED_STEP, NOT_STARTED, REUSED, Summary, verdict
from ..tracking.store import FAILED, FINISHED
from .failure import Failure
from .logs import last_line, stream

# Where facts begin, behind their names.
INDENT = 13
MOST_METRICS = 12
RUNNING = "Running"
# Facts that people copy from a terminal: no line break is put into them.
COPIED = ("log", "again", "set", "outputs", "look")
# Settings that every job has and nobody expects to count here.
WHERE = ("compute", "default_compute", "identity", "resources")
COLORS = {
    COMPLETED: "green",
    REUSED: "cyan",
    FAILED_STEP: "red",
    CANCELLED_STEP: "yellow",
    RUNNING: "blue",
    NOT_STARTED: "dim",
}


class StepResult(Protocol):
    """What the console shows of a step's end."""

    status: str
    problem: str
    log: Path | None


class Console:
    """Shows the status of the steps; ``with`` it while steps run.

    ``verbose``: all that they print, too. ``is_plain``: in lines, also on a terminal.
    """

    def __init__(self, steps: list[str], verbose: bool = False, is_plain: bool = False) -> None:
        self.verbose = verbose
        self.terminal = new_terminal()
        self.steps: dict[str, tuple[str, float, str]] = dict.fromkeys(steps, (NOT_STARTED, 0.0, ""))
        self._logs: dict[str, Path] = {}
        self._is_live = self.terminal.is_terminal and not is_plain
        self._lock = threading.RLock()
        self._live = Live(get_renderable=self._lines, console=self.terminal, refresh_per_second=8)
        self._downloads: dict[str, int] = {}

    def __enter__(self) -> "Console":
        if self._is_live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_live:
            self._is_live = False  # what was cut is shown as a whole
            self._live.stop()

    @contextmanager
    def following(self, step: str, name: str, log: Path) -> Iterator[None]:
        """Show what a process of a step writes to its log, which is called ``name``, during a block."""
        self._logs[step] = log
        if not self.verbose:
            yield
            return
        ended = threading.Event()
        arguments = (log, ended, lambda line: self._say(Text(f"{name} | {line}")))
        thread = threading.Thread(target=stream, args=arguments, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def started(self, step: str) -> None:
        """Show that a step runs."""
        self._set(step, RUNNING, time.monotonic(), "")

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
        self._say(Text(f"downloading {address}: {done / 1e6:.1f}{of} MB", style="dim"))

    def _set(self, step: str, status: str, seconds: float, remark: str) -> None:
        with self._lock:
            self.steps[step] = (status, seconds, remark)
            if not self._is_live:
                duration = "" if status == RUNNING else f"  {seconds:.1f} s"
                self._say(Text(f"{step}  {status}{duration}{'  ' + remark if remark else ''}"))

    def _say(self, text: Text) -> None:
        with self._lock:
            self.terminal.print(text)
            self.terminal.file.flush()

    def _lines(self) -> Group:
        """Return a line for each step, cut at the terminal's width while steps run."""
        with self._lock:
            rows = list(self.steps.items())
        names, statuses = (max(cell_len(text) for text in texts) for texts in (self.steps, COLORS))
        lines = []
        for name, (status, seconds, remark) in rows:
            is_running = status == RUNNING
            elapsed = time.monotonic() - seconds if is_running else seconds
            line = Text(name.ljust(names), style="bold", no_wrap=self._is_live, overflow="ellipsis")
            line.append(f"  {status:<{statuses}}", style=f"not bold {COLORS[status]}")
            line.append(f"{elapsed:7.1f} s" if elapsed else "", style="not bold")
            line.append(f"  {remark}" if remark else "", style="not bold")
            if is_running and (log := self._logs.get(name)):
                line.append(f"  {last_line(log)}", style="not bold dim")
            line.rstrip()
            lines.append(line)
        return Group(*lines)


# Before the run


def print_ignored(settings: list[str]) -> None:
    """Print the settings that have no effect here, but those that only say where Azure ML runs the job."""
    if told := [name for name in settings if name not in WHERE]:
        print(f"no effect on this machine: {', '.join(told)}")


# After the run


def print_failure(terminal: Terminal, step: PlannedStep, result: StepResult, failure: Failure) -> None:
    """Print why a step failed, where, what to do, and how to run it again alone."""
    terminal.print()
    say(terminal, hide_secrets(f"{step.id} failed: {failure.reason}"), "bold red")
    for line in failure.lines:
        say(terminal, hide_secrets(line), first="  | ", rest="  |     ")
    facts = {"hint": failure.advice, "spec": str(step.place)}
    if result.log and result.log.exists():
        facts["log"] = _relative(result.log)
        facts["again"] = f"bash {shlex.quote(_relative(result.log.parent.parent / 'command.sh'))}"
    _print_facts(terminal, facts)


def print_summary(terminal: Terminal, summary: Summary, folder: Path) -> None:
    """Print what came of a run, the verdict first."""
    steps = summary.steps
    if left := [name for name, step in steps.items() if step["status"] == NOT_STARTED]:
        terminal.print(f"not run: {', '.join(left)}", markup=False)
    color = {FINISHED: "green", FAILED: "red"}.get(summary.status, "yellow")
    say(terminal, verdict(summary, terminal.encoding), f"bold {color}", rest="  ")
    for name, metrics in summary.metrics.items():
        shown = _main_metrics(metrics, summary.headline)[:MOST_METRICS]
        words = [f"{metric} {metrics[metric]:.6g}" for metric in shown]
        if more := len(metrics) - len(shown):
            words.append(f"and {more} more in MLflow")
        _print_wrapped(terminal, name, words)
    for name, step in steps.items():
        if note := printable(step["note"].strip().partition("\n")[0]):
            say(terminal, note, first=_label(name), rest=" " * INDENT)
    reused = [name for name, step in steps.items() if step["status"] == REUSED]
    facts = {
        "reused": "all steps" if reused and len(reused) == len(steps) else ", ".join(reused),
        "set": " ".join(summary.overrides),
        "outputs": _relative(folder / "outputs") if summary.outputs else "",
        "look": _ui_command(),
    }
    _print_facts(terminal, facts)


def _main_metrics(metrics: Mapping[str, float], headline: str) -> list[str]:
    """Return the names to show: of many, no details such as `auc_low` beside `auc`, and no `group/auc`."""
    names = sorted(metrics, key=lambda name: name != headline)
    if len(names) <= MOST_METRICS:
        return names
    whole = [name for name in names if "/" not in name]
    return [name for name in whole if not any(name.startswith(f"{other}_") for other in whole)] or names


def _print_wrapped(terminal: Terminal, name: str, words: list[str]) -> None:
    """Print words behind a name, in as many lines as they need."""
    line = _label(name)
    for word in words:
        if len(line) > INDENT and len(line) + len(word) > terminal.width:
            terminal.print(Text(line.rstrip()))
            line = " " * INDENT
        line += f"{word}  "
    terminal.print(Text(line.rstrip()))


def _print_facts(terminal: Terminal, facts: Mapping[str, str]) -> None:
    for name, fact in facts.items():
        if fact and name in COPIED:
            terminal.print(Text.assemble((_label(name), "dim"), fact))
        elif fact:
            say(terminal, fact, first=_label(name), rest=" " * INDENT)


def _label(name: str) -> str:
    return f"  {name:<{INDENT - 3}} "


def say(terminal: Terminal, text: str, style: str = "", first: str = "", rest: str = "") -> None:
    """Print a text behind ``first``; on a terminal in lines that fit, the others behind ``rest``."""
    lines = [text]
    if terminal.is_terminal:
        width = max(terminal.width - len(rest), len(rest))
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
    for before, line in zip((first, *(rest for _ in lines)), lines, strict=False):
        terminal.print(Text.assemble((before, "dim"), (line, style)))


def new_terminal(record: bool = False) -> Terminal:
    """Return what prints to standard output, with colors on a terminal; ``record`` keeps it as a text."""
    return Terminal(highlight=False, soft_wrap=True, record=record)


def _relative(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _ui_command() -> str:
    """Return the line that opens MLflow on the runs, as it is typed in this folder."""
    command = Path(sys.executable).with_name("azml")
    if shutil.which("azml") == str(command):
        return "azml ui"
    return f"{_relative(command) if command.exists() else f'{sys.executable} -m azml.cli'} ui"
