"""One command as a process group of its own: started, timed, and never outlived by its children."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

GRACE_SECONDS = 5.0
# How long a command's background processes may run on when it has ended: `echo a & echo b` prints both.
LINGER_SECONDS = 1.0
SHELL = shutil.which("bash") or shutil.which("sh") or "/bin/sh"
CANCELLED = "cancelled"
# The variable by which the processes of a run are recognized, also those that left its process group.
RUN_VARIABLE = "AZUREML_RUN_ID"


class Processes:
    """The processes that run now; ``cancel`` ends them all and lets no other start."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen] = set()
        self._lock = threading.Lock()
        self.cancelled = False

    def run(
        self, command: str, folder: Path, variables: Mapping[str, str], log: Path, timeout: float | None
    ) -> str | None:
        """Run a shell command to its end; return what went wrong, None if it exits with 0."""
        with self._lock, log.open("ab") as output:
            if self.cancelled:
                return CANCELLED
            try:
                process = start([SHELL, "-c", command], output, variables, folder)
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
            end_run(variables.get(RUN_VARIABLE, ""))
            self._running.discard(process)

    def cancel(self) -> None:
        """End every process and its group: ask first, kill after the grace period."""
        with self._lock:
            self.cancelled = True
            running = list(self._running)
        for process in running:
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in running:
            end_group(process, max(deadline - time.monotonic(), 0))


def start(
    command: list[str], output: IO[bytes], variables: Mapping[str, str], folder: Path | None = None
) -> subprocess.Popen:
    """Start a command as the head of a process group of its own, which Ctrl+C does not reach."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # POSIX
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows
    )


def _let_end(group: int) -> None:
    """Wait a little for what is left of a process group to end by itself."""
    deadline = time.monotonic() + LINGER_SECONDS
    with suppress(ProcessLookupError):  # nothing is left
        while hasattr(os, "killpg") and time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.01)


def _problem(code: int) -> str | None:
    if code < 0:
        return f"ended by signal {-code} ({signal.strsignal(-code)})"
    return f"exit code {code}" if code else None


def end_group(process: subprocess.Popen, seconds: float = GRACE_SECONDS) -> None:
    """End what is left of a process group: ask first, kill after ``seconds``."""
    _signal_group(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    _signal_group(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _signal_group(group: int, number: int) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
        return
    with suppress(psutil.Error):  # Windows has no signals: these processes end at once
        head = psutil.Process(group)
        for process in (*head.children(recursive=True), head):
            process.terminate()


def end_run(run: str) -> None:
    """Kill the processes of a run wherever they are, recognized by their environment."""
    for process in psutil.process_iter(["environ"]) if run else ():
        if (process.info["environ"] or {}).get(RUN_VARIABLE) == run:
            with suppress(psutil.Error):
                process.kill()
