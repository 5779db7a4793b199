"""One command as a process group of its own: started, timed, and never outlived by its children."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
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
# Those of all steps of a run: its folder.
FOLDER_VARIABLE = "AZML_RUN_FOLDER"
# How often processes are looked for: one may start another while it is killed.
SWEEPS = 5
# What is served for a run is for this machine alone.
LOOPBACK = "127.0.0.1"
_WATCH = """
import sys
sys.path.insert(0, sys.argv[1])
from azml.runner.process import watch
watch(sys.argv[2])
"""


class Processes:
    """The processes that run now; ``cancel`` ends them all and lets no other start.

    Were the runner killed, a process beside it ends them: what nobody waits for must not go on. ``folder``
    is the run's folder; ``hurried`` tells whether nothing is to be waited for any more.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: set[subprocess.Popen] = set()
        self._lock = threading.Lock()
        self._watcher: subprocess.Popen | None = None
        self.cancelled = False
        self.hurried = False

    def run(
        self,
        command: str,
        folder: Path,
        variables: Mapping[str, str],
        log: Path | None,
        timeout: float | None,
    ) -> str | None:
        """Run a shell command to its end; return what went wrong, None if it exits with 0.

        Without a log it has the terminal, to read from as well.
        """
        with self._lock, log.open("ab") if log else nullcontext() as output:
            if self.cancelled:
                return CANCELLED
            self._watch()
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

    def hurry(self) -> None:
        """Kill what still runs."""
        self.hurried = True
        with self._lock:
            running = list(self._running)
        for process in running:
            _signal_group(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def close(self) -> None:
        """End the process that watches over the runner, and after a stop whatever may be left."""
        if self.cancelled:
            end_run(str(self.folder), FOLDER_VARIABLE)
        if self._watcher:
            self._watcher.kill()
            self._watcher.communicate()

    def _watch(self) -> None:
        """Start the process that watches, once; it knows that the runner is dead when its input ends."""
        if self._watcher is None:
            self._watcher = subprocess.Popen(
                [sys.executable, "-c", _WATCH, str(Path(__file__).parents[2]), str(self.folder)],
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )


def watch(folder: str) -> None:
    """End the processes of a run as soon as standard input ends, which is when its runner dies."""
    sys.stdin.buffer.read()
    end_run(folder, FOLDER_VARIABLE)


def start(
    command: list[str], output: IO[bytes] | None, variables: Mapping[str, str], folder: Path | None = None
) -> subprocess.Popen:
    """Start a command as the head of a process group of its own, which Ctrl+C does not reach.

    Without an output, it has that of this process, and its input.
    """
    return subprocess.Popen(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL if output else None,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
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


def end_run(run: str, variable: str = RUN_VARIABLE) -> None:
    """Kill the processes of a run wherever they are, recognized by a variable of their environment."""
    for _ in range(SWEEPS if run else 0):
        processes = psutil.process_iter(["environ"])
        found = [each for each in processes if (each.info["environ"] or {}).get(variable) == run]
        if not found:
            return
        for process in found:
            with suppress(psutil.Error):
                for each in (*process.children(recursive=True), process):
                    each.kill()
        psutil.wait_procs(found, timeout=1)


def free_port() -> int:
    """Return a port of this machine that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    """Tell whether a server can listen on a port of this machine."""
    with socket.socket() as probe:
        if os.name == "posix":  # elsewhere the option lets two listen at once
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
