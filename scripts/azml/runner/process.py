"""One command as a process of its own group: started, timed, and never outlived by its children."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 5
# How long a command's background processes may go on when it has ended: `echo a & echo b` prints both.
LINGER_SECONDS = 1
SHELL = shutil.which("bash") or "/bin/sh"
CANCELLED = "cancelled"


class Processes:
    """The processes that run now; ``cancel`` ends them all and lets no other start."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen] = set()
        self._lock = threading.Lock()
        self.cancelled = False

    def run(
        self, command: str, folder: Path, variables: Mapping[str, str], log: Path, timeout: float | None
    ) -> str | None:
        """Run a shell command to its end; return what went wrong, None when it exits with 0."""
        with self._lock, log.open("ab") as output:
            if self.cancelled:
                return CANCELLED
            try:
                process = _start([SHELL, "-c", command], folder, variables, output)
            except ValueError as error:  # a zero byte, or '=' in a variable's name
                return f"the command cannot be started: {error}"
            self._running.add(process)
        try:
            code = process.wait(timeout)
            _let_end(process.pid)
            return CANCELLED if self.cancelled else _problem(code)
        except subprocess.TimeoutExpired:
            return f"stopped by its limits after {timeout:g} s"
        finally:
            end_group(process)
            end_escaped(variables.get("AZUREML_RUN_ID", ""))
            self._running.discard(process)

    def cancel(self) -> None:
        """End every process and its group: gently, and after a while not."""
        with self._lock:
            self.cancelled = True
            running = list(self._running)
        for process in running:
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in running:
            end_group(process, max(deadline - time.monotonic(), 0))


def _start(
    command: list[str], folder: Path, variables: Mapping[str, str], output: object
) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _let_end(group: int) -> None:
    """Wait a little for what is left of a process group to end by itself."""
    deadline = time.monotonic() + LINGER_SECONDS
    with suppress(ProcessLookupError):  # nothing is left
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.01)


def _problem(code: int) -> str | None:
    if code < 0:
        return f"ended by signal {-code} ({signal.strsignal(-code)})"
    return f"exit code {code}" if code else None


def end_group(process: subprocess.Popen, seconds: float = GRACE_SECONDS) -> None:
    """End what is left of a process group: gently, and after ``seconds`` not."""
    _signal_group(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def end_escaped(run: str) -> None:
    """Kill processes of a run that left its group, known by their environment (Linux only)."""
    marker = f"\0AZUREML_RUN_ID={run}\0".encode()
    for folder in Path("/proc").glob("[0-9]*") if run else ():
        with suppress(OSError):
            if marker in b"\0" + (folder / "environ").read_bytes() + b"\0":
                os.kill(int(folder.name), signal.SIGKILL)
