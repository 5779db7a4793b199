"""The logs of running steps: the last line of one, or all lines of one as they come."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from azml.core.secrets import hide_secrets
from azml.core.show import printable

# How far from its end a log is looked at for its last line.
END_BYTES = 4096
PAUSE_SECONDS = 0.1


def last_line(log: Path) -> str:
    """Return the last line of a log that is not empty, as far as it is written."""
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(file.seek(0, 2) - END_BYTES, 0))
        lines = file.read().replace(b"\r", b"\n").split(b"\n")
        return next((text for line in reversed(lines) if (text := _text(line).strip())), "")
    return ""


def stream(log: Path, ended: threading.Event, tell: Callable[[str], None]) -> None:
    """Tell each line of a log, from now on until an event says that nothing more is written."""
    position, rest, is_over = log.stat().st_size if log.exists() else 0, b"", False
    while not is_over:
        is_over = ended.wait(PAUSE_SECONDS)  # before the log is read: what came last must be told
        with suppress(OSError), log.open("rb") as file:
            file.seek(position)
            *lines, rest = (rest + file.read()).split(b"\n")
            position = file.tell()
            for line in lines:
                tell(_text(line))
    if rest:
        tell(_text(rest))


def _text(line: bytes) -> str:
    """Return what a line shows in the end: progress bars write over themselves."""
    shown = line.decode("utf-8", errors="replace").rstrip()
    return printable(hide_secrets(shown.rpartition("\r")[2].expandtabs()))
