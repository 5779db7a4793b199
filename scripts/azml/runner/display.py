"""What a person sees while steps run: a live table on a terminal, plain lines anywhere else."""

import re
import threading
import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

WIDEST = 1000
_UNPRINTABLE = re.compile(r"[^\t\x20-\x7e\xa0-\U0010ffff]")
COLOURS = {"Completed": "green", "Reused": "cyan", "Failed": "red", "Canceled": "yellow", "Running": "blue"}


class Display:
    """Shows the steps' status; ``with`` it for as long as steps run."""

    def __init__(self, steps: list[str]) -> None:
        self.console = Console(stderr=False, highlight=False, soft_wrap=True)
        self.steps = {name: ["Not started", 0.0, ""] for name in steps}
        self._lock = threading.RLock()
        self._live = Live(get_renderable=self._table, console=self.console, refresh_per_second=8)
        self._downloads: dict[str, int] = {}

    def __enter__(self) -> "Display":
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self._live.stop()

    def started(self, step: str) -> None:
        """Show that a step runs."""
        self._set(step, "Running", time.monotonic(), "")

    def note(self, step: str, text: str) -> None:
        """Show something about a step that runs."""
        with self._lock:
            self.steps[step][2] = text

    def finished(self, step: str, status: str, seconds: float, remark: str) -> None:
        """Show what became of a step."""
        self._set(step, status, seconds, remark)

    def progress(self, address: str, done: int, total: int | None) -> None:
        """Show how far a download is, at most once a tenth of it."""
        share = 10 * done // total if total else done // 100_000_000
        if self._downloads.get(address) == share:
            return
        self._downloads[address] = share
        of = f" of {total / 1e6:.1f}" if total else ""
        self.console.print(Text(f"downloading {address}: {done / 1e6:.1f}{of} MB", style="dim"))

    def _set(self, step: str, status: str, seconds: float, remark: str) -> None:
        with self._lock:
            self.steps[step] = [status, seconds, remark]
            if not self.console.is_terminal:
                duration = "" if status == "Running" else f"  {seconds:.1f} s"
                self.console.print(
                    f"{step}  {status}{duration}{'  ' + remark if remark else ''}", markup=False
                )
                self.console.file.flush()

    def _table(self) -> Table:
        with self._lock:
            return steps_table([(name, *values) for name, values in self.steps.items()])


def steps_table(rows: list[tuple[str, str, float, str]]) -> Table:
    """Return a table of (step, status, seconds, remark); for running steps seconds is when they started."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, status, seconds, remark in rows:
        if status == "Running":
            seconds = time.monotonic() - seconds
        duration = f"{seconds:6.1f} s" if seconds else ""
        table.add_row(
            Text(name, style="bold"), Text(status, style=COLOURS.get(status, "dim")), duration, Text(remark)
        )
    return table


def tail(path: object, lines: int = 20, most: int = 64 * 1024) -> list[str]:
    """Return the last lines of a log, however long they are, without what a terminal would act on."""
    with open(path, "rb") as file:  # noqa: PTH123
        file.seek(0, 2)
        file.seek(max(file.tell() - most, 0))
        text = file.read().decode("utf-8", errors="replace")
    return [_UNPRINTABLE.sub(" ", line[:WIDEST]) for line in text.splitlines()[-lines:]]
