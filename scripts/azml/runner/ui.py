"""``azml ui``: MLflow's pages on the runs that this folder's ``.local`` holds."""

import os
import subprocess
import sys

from .session import HOME

HOST = "127.0.0.1"


def serve(port: int) -> int:
    """Serve MLflow on this machine until it is interrupted; return an exit status."""
    store = HOME / "mlflow.db"
    if not store.exists():
        print(f"azml: nothing has run here yet: there is no {store}", file=sys.stderr)
        return 2
    # MLflow opens on its pages for generative AI; this view is the one for training runs.
    print(f"http://{HOST}:{port}/#/experiments?workflowType=machine_learning (Ctrl+C ends it)", flush=True)
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{store}"]
    options = ["--host", HOST, "--port", str(port), "--workers", "1"]
    quiet = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    try:
        return subprocess.run([*command, *options], env=quiet).returncode
    except KeyboardInterrupt:
        return 0
