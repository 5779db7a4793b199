"""The local MLflow store does what Azure ML's server does, for any client, direct or over loopback."""

import json
import sys

import pytest
from checkout import Checkout, job

STEP = """
import json, os, urllib.request
import mlflow
from mlflow import MlflowClient

client, run = MlflowClient(), os.environ["MLFLOW_RUN_ID"]

def said(call, *arguments, **more):
    try:
        call(*arguments, **more)
    except Exception as error:
        return str(error)
    return "fine"

model = (os.environ["MLFLOW_EXPERIMENT_ID"], "model")
found = {"models": said(client.create_logged_model, *model, source_run_id=run)}
for start in (0, 100):
    mlflow.log_params({f"p{number}": number for number in range(start, start + 100)})
found["same again"] = said(client.log_param, run, "p7", 7)
found["params"] = said(client.log_param, run, "one more", 1)
mlflow.set_experiment(experiment_name="the script's own")
found["place"] = mlflow.get_experiment_by_name("the script's own").artifact_location
client.create_experiment("by hand", artifact_location="here")
found["by hand"] = client.get_experiment_by_name("by hand").artifact_location
if os.environ["MLFLOW_TRACKING_URI"].startswith("http"):
    address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/preview/mlflow/registered-models/search"
    found["preview"] = urllib.request.urlopen(address).status
path = os.path.abspath("local")
os.mkdir(path)
with open(path + "/MLmodel", "w") as file:
    file.write("by its path")
client.create_registered_model("local")
client.create_model_version("local", "file://" + path)
print(json.dumps(found))
"""


DECLARED = {"image": "python:3", "conda_file": {"dependencies": [{"pip": ["mlflow"]}]}}
UNKNOWN = {"image": "python:3"}


@pytest.mark.parametrize(
    ("environment", "is_served", "models"),
    [
        (DECLARED, False, "Azure ML has no logged models (MLflow 3)"),
        (UNKNOWN, False, "fine"),
        (DECLARED, True, "Azure ML has no logged models (MLflow 3)"),
        (UNKNOWN, True, "fine"),
    ],
    ids=["direct", "with this machine's MLflow", "served", "served, with this machine's MLflow"],
)
def test_rules(checkout: Checkout, environment: dict, is_served: bool, models: str) -> None:
    checkout.write("code/step.py", STEP)
    # The runner has no room to log the input.
    step = job("python step.py", code="./code", inputs={"rate": 0.5}, environment=environment)
    checkout.pipeline({"a": step}, experiment_name="e")
    arguments = []
    if is_served:
        packages = checkout.folder / "packages"
        (packages / "mlflow-2.16.0.dist-info").mkdir(parents=True)
        python = checkout.write(
            "python", f"#!/bin/sh\nPYTHONPATH='{packages}' exec {sys.executable} \"$@\"\n"
        )
        python.chmod(0o755)
        arguments = ["--python", str(python)]
    done = checkout.run(*arguments)
    assert "local v1 registered" in done.out  # its files are kept: the next run has other steps
    kept = list((checkout.folder / ".local").rglob("assets/local/1/local/MLmodel"))
    assert [file.read_text() for file in kept] == ["by its path"]
    log = done.log("a").splitlines()
    found = json.loads(next(line for line in log if line.startswith("{")))
    assert models in found["models"]
    assert found["same again"] == "fine"
    assert "FieldName=Parameters, Limit=200" in found["params"]
    places = (checkout.folder / ".local" / "mlartifacts").as_uri()
    assert found["place"].rpartition("/")[0] == found["by hand"].rpartition("/")[0] == places
    assert found.get("preview", 200) == 200
