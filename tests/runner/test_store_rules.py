"""The local MLflow store does what Azure ML's server does, for any client, direct or over loopback."""

import json
import sys

import pytest
from checkout import Checkout, job

STEP = """
import json, os, sys, urllib.request
import mlflow
from mlflow import MlflowClient

client, run, me = MlflowClient(), os.environ["MLFLOW_RUN_ID"], sys.argv[1]

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
mlflow.set_experiment(experiment_name=f"{me}'s own")
found["place"] = mlflow.get_experiment_by_name(f"{me}'s own").artifact_location
client.create_experiment(f"{me} by hand", artifact_location="here")
found["by hand"] = client.get_experiment_by_name(f"{me} by hand").artifact_location
if os.environ["MLFLOW_TRACKING_URI"].startswith("http"):
    address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/preview/mlflow/registered-models/search"
    found["preview"] = urllib.request.urlopen(address).status
path = os.path.abspath("local")
os.mkdir(path)
with open(path + "/MLmodel", "w") as file:
    file.write("by its path")
client.create_registered_model(me)
client.create_model_version(me, "file://" + path)
print(json.dumps(found))
"""


# Steps of an unknown environment have this machine's MLflow and may log models: Azure ML's may be MLflow 2.
ENVIRONMENTS = {
    "declared": {"image": "python:3", "conda_file": {"dependencies": [{"pip": ["mlflow"]}]}},
    "unknown": {"image": "python:3"},
}
SAID_OF_MODELS = {"declared": "Azure ML has no logged models (MLflow 3)", "unknown": "fine"}


@pytest.mark.parametrize("is_served", [False, True], ids=["direct", "served"])
def test_rules(checkout: Checkout, is_served: bool) -> None:
    checkout.write("code/step.py", STEP)
    # The runner has no room to log the input.
    more = {"code": "./code", "inputs": {"rate": 0.5}}
    steps = {
        name: job(f"python step.py {name}", environment=each, **more) for name, each in ENVIRONMENTS.items()
    }
    checkout.pipeline(steps, experiment_name="e")
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
    places = (checkout.folder / ".local" / "mlartifacts").as_uri()
    for name in steps:
        assert f"{name} v1" in done.out  # its files are kept: the next run has other steps
        (kept,) = (checkout.folder / ".local").rglob(f"assets/{name}/1/local/MLmodel")
        assert kept.read_text() == "by its path"
        found = json.loads(next(line for line in done.log(name).splitlines() if line.startswith("{")))
        assert SAID_OF_MODELS[name] in found["models"]
        assert found["same again"] == "fine"
        assert "FieldName=Parameters, Limit=200" in found["params"]
        assert found["place"].rpartition("/")[0] == found["by hand"].rpartition("/")[0] == places
        assert found.get("preview", 200) == 200
