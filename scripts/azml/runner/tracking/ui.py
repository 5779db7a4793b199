"""``azml ui``: MLflow's pages on the runs that this folder's ``.local`` holds."""

import os
import signal
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

from azml.core.home import HOME

from ..process import LOOPBACK, end_group, is_free, start


def serve(port: int) -> int:
    """Serve MLflow on this machine until it is interrupted; return an exit status."""
    store = HOME / "mlflow.db"
    if not store.exists():
        print(f"azml: nothing has run here yet: there is no {store}", file=sys.stderr)
        return 2
    if not is_free(port):  # MLflow's server would end with status 0
        other = f"azml ui --port {port + 1}, or make ui PORT={port + 1}"
        print(f"azml: port {port} is in use on this machine; take another: {other}", file=sys.stderr)
        return 2
    print(f"http://{LOOPBACK}:{port}/#/{_page(store)} (Ctrl+C ends it)", flush=True)
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{store}"]
    options = ["--host", LOOPBACK, "--port", str(port), "--workers", "1"]
    quiet = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    early: list[int] = []  # signals while the server starts, when there is nothing yet to end
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: early.append(number))
    process = start([*command, *options], None, quiet)
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        return 0 if early else process.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        end_group(process)


def _page(store: Path) -> str:
    """Return the page of the newest run's experiment, in the view for training and not for generative AI."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(store)) as database:
        query = "SELECT experiment_id FROM runs ORDER BY start_time DESC LIMIT 1"
        if row := database.execute(query).fetchone():
            return f"experiments/{row[0]}/runs?workflowType=machine_learning"
    return "experiments?workflowType=machine_learning"
