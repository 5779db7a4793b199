"""One command as a process of its own group: started, timed, and never outlived by its children."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 5
SHELL = shutil.which("bash") or "/bin/sh"


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
        with log.open("ab") as output:
            with self._lock:
                if self.cancelled:
                    return "cancelled"
                process = subprocess.Popen(
                    [SHELL, "-c", command],
                    cwd=folder,
                    env=dict(variables),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._running.add(process)
            try:
                process.wait(timeout)
                return self._problem(process.returncode)
            except subprocess.TimeoutExpired:
                return f"stopped by limits.timeout after {timeout:g} s"
            finally:
                end_group(process)
                _end_escaped(variables.get("AZUREML_RUN_ID", ""))
                self._running.discard(process)

    def _problem(self, code: int) -> str | None:
        if self.cancelled:
            return "cancelled"
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}" if code else None

    def cancel(self) -> None:
        """End every process and its group."""
        with self._lock:
            self.cancelled = True
            running = list(self._running)
        for process in running:
            _signal_group(process.pid, signal.SIGTERM)


def end_group(process: subprocess.Popen) -> None:
    """End what is left of a process group: gently, then not."""
    _signal_group(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _end_escaped(run: str) -> None:
    """Kill processes of a run that left its group, known by their environment (Linux only)."""
    marker = f"AZUREML_RUN_ID={run}\0".encode()
    for folder in Path("/proc").glob("[0-9]*") if run else ():
        try:
            if marker in (folder / "environ").read_bytes() + b"\0":
                os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            continue
