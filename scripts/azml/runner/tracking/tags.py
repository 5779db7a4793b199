"""The tags of runs in MLflow: those of MLflow's own clients, the runner's, and what a spec asks for."""

import os
import subprocess
from collections.abc import Mapping

from azml.core.secrets import hide_secrets
from azml.core.values import mapping

FOLDER_TAG, REUSED_TAG = "azureml.local.folder", "azureml.local.reused_from"
# On the run of a step that has this machine's MLflow, because what its environment has is not known.
BORROWED_TAG = "azureml.local.mlflow"
BORROWED = "/borrowed"  # the path below which such a step asks the server of the store
PARENT_TAG, NAME_TAG = "mlflow.parentRunId", "mlflow.runName"
CONTEXT_TAG = "mlflow.data.context"
# What MLflow's pages show as a description.
NOTE_TAG = "mlflow.note.content"


def opening_tags(name: str, tags: Mapping[str, str], parent: str | None) -> dict[str, str]:
    """Return the tags of a new run: ``tags``, and those that MLflow's own clients set."""
    own = {
        **{key: hide_secrets(str(value)) for key, value in tags.items()},
        NAME_TAG: name,
        "mlflow.user": os.environ.get("USER", "local"),
        "mlflow.source.type": "JOB",
        **({PARENT_TAG: parent} if parent else _commit()),
    }
    return own


def _commit() -> dict[str, str]:
    """Return the git commit of the current folder, as azure-ai-ml sends it (``constants/_common.py``)."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"mlflow.source.git.commit": done.stdout.strip()}


def spec_tags(data: Mapping[str, object]) -> dict[str, str]:
    """Return the tags that a job or step asks for; those of the runner are not theirs to set."""
    given = {str(key): str(value) for key, value in mapping(data.get("tags")).items()}
    return {
        key: value for key, value in given.items() if key != PARENT_TAG and not key.startswith("azureml.")
    }
