"""The process of the server that steps with another MLflow talk to."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from ..process import FOLDER_VARIABLE, LOOPBACK, end_group, free_port, start
from .store import TrackingError

SERVER_SECONDS = 300


@contextmanager
def serving(uri: str, log: Path) -> Iterator[Callable[[], str]]:
    """Yield a function that returns the address of a server of the store, for steps with another MLflow.

    The server starts with the first call (a run that reuses every step needs none) and ends with the
    block.
    """
    with ExitStack() as stack:
        served = cache(lambda: stack.enter_context(_served(uri, log)))
        lock = threading.Lock()

        def address() -> str:
            with lock:
                return served()

        yield address


@contextmanager
def _served(uri: str, log: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "azml.runner.tracking.server", uri, str(port)]
    # By the variable the next runner finds it if this one is killed.
    variables = {**os.environ, FOLDER_VARIABLE: str(log.parent)}
    with log.open("wb") as output:
        process = start(command, output, variables)
    try:
        _wait_for(f"http://{LOOPBACK}:{port}/health", process, log)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        end_group(process)


def _wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + SERVER_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TrackingError(f"the MLflow server did not start; its log is {log}")
