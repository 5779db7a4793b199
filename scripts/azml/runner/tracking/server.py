"""A server of the MLflow store that answers as Azure ML's, for steps with another MLflow than the runner's.

``python -m azml.runner.tracking.server STORE PORT`` serves MLflow's own application on loopback; without its
gateway and jobs it starts in half the time of ``mlflow server``. Three things are Azure ML's:

- MLflow 1 asks for models below ``/api/2.0/preview``, which MLflow's own server no longer has;
- logged models, traces and run outputs, and all of ``/api/3.0``, are answered with 404: it has only what
  MLflow 2 asks for (https://github.com/Azure/azure-sdk-for-python/issues/44896). Below ``BORROWED`` they
  are answered: a step that borrows this machine's MLflow may have MLflow 2 on Azure ML;
- a model may be registered by the path of its files, in no run (see ``Attempt``).
"""

import os
import re
import sys

from werkzeug import Response
from werkzeug.serving import run_simple

from ..process import LOOPBACK
from .rules import LOGGED_MODELS
from .tags import BORROWED

ABSENT = re.compile(r"/api/3\.0/|/mlflow/(logged-models|traces|runs/outputs)\b")


def serve(store: str, port: int) -> None:
    """Serve a store, given by its address, until the process is ended."""
    from mlflow.server import ARTIFACT_ROOT_ENV_VAR, BACKEND_STORE_URI_ENV_VAR, app, handlers

    os.environ[BACKEND_STORE_URI_ENV_VAR] = store
    os.environ[ARTIFACT_ROOT_ENV_VAR] = "mlartifacts"  # the store itself says where
    handlers._validate_source_run = lambda source, run_id: None
    inner = app.wsgi_app

    def as_azure(environ, start_response):
        asked = environ["PATH_INFO"].replace("/preview/mlflow/", "/mlflow/")
        path = environ["PATH_INFO"] = asked.removeprefix(BORROWED)
        if path == asked and ABSENT.search(path):
            text = LOGGED_MODELS if "logged-models" in path else f"Azure ML has no {path}"
            return Response(text, 404)(environ, start_response)
        return inner(environ, start_response)

    run_simple(LOOPBACK, port, as_azure, threaded=True)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
