"""The app of the MLflow server that steps with another MLflow talk to, named in pyproject.toml.

MLflow 1 looks for the model registry at ``/api/2.0/preview/mlflow`` (model_registry.proto of MLflow 1.30).
Azure ML has it there, MLflow 3 no longer.
"""

from typing import Any

from mlflow.server.fastapi_app import app as mlflow_app

OLD, NEW = "/api/2.0/preview/mlflow/", "/api/2.0/mlflow/"


class App:
    """Hands a request to MLflow, one at an old address as one at the new."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request of ASGI."""
        path = scope.get("path", "")
        if path.startswith(OLD):
            path = NEW + path.removeprefix(OLD)
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await mlflow_app(scope, receive, send)


app = App()
