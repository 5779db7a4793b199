"""A stand-in for a workspace's data plane (`<region>.api.azureml.ms`): MLflow tracking and run artifacts.

Tracking is a real `mlflow server`, less what Azure ML lacks; artifacts are handed addresses in the
workspace's storage, as azureml-mlflow 1.62 asks for them (`_restclient/run_artifact`).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from standin import storage
from standin.front import Request, Response, answer, forward, free_port
from standin.storage import wait_for
from standin.workspace import ID, LOCATION

HOST = f"{LOCATION}.api.azureml.ms"
TRACKING_URI = f"azureml://{HOST}/mlflow/v1.0{ID}"
TRACKING = re.compile(rf"/mlflow/v[12]\.0{ID}(?P<rest>/.*)")
ARTIFACTS = re.compile(
    rf"/history/v1\.0{ID}/experiment(s|ids)/(?P<experiment>[^/]+)/runs/(?P<run>[^/]+)/artifacts(?P<action>/.*)?"
)
# Logged models, traces, run outputs and the whole of /api/3.0: Azure ML answers 404
# (https://github.com/Azure/azure-sdk-for-python/issues/44896).
ABSENT = re.compile(r"/api/3\.0/|/mlflow/(logged-models|traces|runs/outputs)\b")
# The server's job runner is eight more processes, and nothing here needs it.
WITHOUT_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


class Mlflow:
    """A `mlflow server` on a free port of loopback, on a copy of an empty `store`."""

    def __init__(self, folder: Path, store: Path):
        shutil.copy(store, folder / "mlflow.db")
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "mlflow", "server", "--port", str(self.port), "--workers", "1"]
        self._command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--no-serve-artifacts"]
        self._log = folder / "mlflow.log"

    def __enter__(self):
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self._log.parent, env=os.environ | WITHOUT_JOBS
            )
        wait_for(self.port, self._process)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()


class DataPlane:
    """Answers for the data plane; `absent` lists what was asked for that Azure ML does not have."""

    def __init__(self, account: storage.Storage, mlflow: Mlflow):
        self.absent: list[str] = []
        self._storage = account
        self._mlflow = forward(mlflow.port)
        self._host = f"127.0.0.1:{mlflow.port}"

    def __call__(self, request: Request) -> Response:
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return answer(401, {"error": {"code": "UserError", "message": "No token."}})
        if found := TRACKING.match(request.path):
            return self._track(replace(request, host=self._host, path=found["rest"]))
        if found := ARTIFACTS.fullmatch(urlsplit(request.path).path):
            return self._artifacts(request, found)
        return answer(404, {"error": {"code": "NotFound", "message": f"no {request.method} {request.path}"}})

    def _track(self, request: Request) -> Response:
        if ABSENT.search(request.path):
            self.absent.append(request.path)
            return answer(404, {"error_code": "ENDPOINT_NOT_FOUND", "message": "not on Azure ML"})
        return self._mlflow(request)

    def _artifacts(self, request: Request, found: re.Match) -> Response:
        folder = f"ExperimentRun/dcid.{found['run']}/"
        if found["action"] == "/batch/metadata":
            paths = [each["path"] for each in json.loads(request.body)["paths"]]
            known = {path: self._content(folder, path) for path in paths}
            return answer(200, {"artifacts": {}, "artifactContentInformation": known, "errors": {}})
        if found["action"] == "/contentinfo":
            return answer(200, self._content(folder, parse_qs(urlsplit(request.path).query)["path"][0]))
        return answer(
            200, {"value": [{"path": name.removeprefix(folder)} for name in self._storage.blobs(folder)]}
        )

    def _content(self, folder: str, path: str) -> dict:
        uri = f"https://{storage.HOST}/{storage.CONTAINER}/{folder}{path}?{self._storage.shared_access()}"
        return {"contentUri": uri, "origin": "ExperimentRun", "container": folder, "path": path}
