"""The steps as in a job on Azure ML: `azureml://…`, the real plugin, and a data plane on loopback."""

import os
import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest
from layout import ROOT
from mlflow import MlflowClient
from standin import dataplane
from standin.azure import HOSTS
from standin.dataplane import DataPlane, Mlflow

pytest_plugins = ["standin.fixtures"]

EXPERIMENT = "credit-default"


@pytest.fixture(scope="module")
def plane(azure, mlflow_store, tmp_path_factory):
    """The workspace's data plane; `plane.client` reaches its tracking server directly, for the asserts."""
    with Mlflow(tmp_path_factory.mktemp("mlflow"), mlflow_store) as mlflow:
        plane = DataPlane(azure.storage, mlflow)
        azure.front.backends[HOSTS[2]] = plane
        plane.client = MlflowClient(mlflow.uri)
        # Where Azure ML keeps artifacts: a run's address is this, its id and `artifacts`.
        location = f"{dataplane.TRACKING_URI}/experiments/{EXPERIMENT}/runs"
        plane.experiment = plane.client.create_experiment(EXPERIMENT, artifact_location=location)
        yield plane


def as_job(azure, plane, run: str, *command, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with the variables of a job whose run is `run`."""
    variables = azure.variables | {
        "MLFLOW_TRACKING_URI": dataplane.TRACKING_URI,
        "MLFLOW_TRACKING_TOKEN": jwt.encode({"exp": int(time.time()) + 3600}, "k" * 32),
        "MLFLOW_RUN_ID": run,
        "MLFLOW_EXPERIMENT_ID": plane.experiment,
        "MLFLOW_EXPERIMENT_NAME": EXPERIMENT,
        "AZUREML_RUN_ID": run,
    }
    words = [sys.executable, *map(str, command)]
    return subprocess.run(words, cwd=folder, env=os.environ | variables, capture_output=True, text=True)


def run_step(azure, plane, name: str, *arguments) -> str:
    """Run a step's script in its code folder as a job does; return its run's id."""
    run = plane.client.create_run(plane.experiment, run_name=name).info.run_id
    done = as_job(azure, plane, run, f"{name}.py", *arguments, folder=ROOT / "components" / name)
    assert done.returncode == 0, done.stderr
    return run


@pytest.fixture(scope="module")
def runs(azure, plane, tmp_path_factory) -> dict:
    """Both steps, done: their runs' ids, and the folder of their outputs."""
    folder = tmp_path_factory.mktemp("job")
    train, test, model = folder / "train", folder / "test", folder / "model"
    data = ROOT / "data" / "credit_card_synthetic.csv"
    prepared = run_step(azure, plane, "data_prep", "--data", data, "--train_data", train, "--test_data", test)
    trained = run_step(
        azure, plane, "train", "--train_data", train, "--test_data", test, "--max_iter", 20, "--model", model
    )
    assert plane.absent == [], "the steps ask for what Azure ML does not have"
    return {"data_prep": prepared, "train": trained, "folder": folder}


def test_parameters_and_metrics_arrive(plane, runs):
    prepared, trained = (plane.client.get_run(runs[step]).data for step in ("data_prep", "train"))
    assert prepared.params["test_train_ratio"] == "0.25"
    assert prepared.metrics["rows"] > 0
    assert trained.params["max_iter"] == "20"
    assert 0.5 < trained.metrics["roc_auc"] <= 1


def test_the_steps_start_no_run_of_their_own(plane, runs):
    found = plane.client.search_runs([each.experiment_id for each in plane.client.search_experiments()])
    assert {run.info.run_id for run in found} == {runs["data_prep"], runs["train"]}


def test_artifacts_arrive_in_the_workspaces_storage(azure, runs):
    folder = f"ExperimentRun/dcid.{runs['train']}/"
    names = {name.removeprefix(folder) for name in azure.storage.blobs(folder)}
    assert "model/MLmodel" in names
    assert any(name.endswith(".png") for name in names)


def test_the_model_is_registered(plane, runs):
    (version,) = plane.client.search_model_versions("name='credit_defaults_model'")
    assert version.run_id == runs["train"]
    assert version.source.startswith("azureml://")


USE_THE_MODEL = """
import sys
import mlflow, pandas

run, features = sys.argv[1], pandas.read_parquet(sys.argv[2]).drop(columns="default payment next month")
model = mlflow.pyfunc.load_model("models:/credit_defaults_model/1")
print(set(model.predict(features)) == {0, 1}, model.metadata.signature is not None)
try:
    mlflow.register_model(f"runs:/{run}/model", "another")
except mlflow.MlflowException as error:
    print(error.error_code)
"""


def test_the_registered_model_loads_and_why_it_was_not_registered_by_run(azure, plane, runs, tmp_path):
    """The plugin lists a folder one level too high; MLflow 3 then asks for logged models (see train.py)."""
    script = tmp_path / "use.py"
    script.write_text(USE_THE_MODEL)
    test_data = runs["folder"] / "test" / "test.parquet"
    done = as_job(azure, plane, runs["train"], script, runs["train"], test_data, folder=tmp_path)
    assert done.stdout.split() == ["True", "True", "ENDPOINT_NOT_FOUND"], done.stderr
    assert all("logged-models" in path for path in plane.absent)


TUTORIAL = """
import mlflow
from sklearn.linear_model import LogisticRegression

model = LogisticRegression().fit([[0], [1]], [0, 1])
with mlflow.start_run():
    mlflow.sklearn.log_model(
        sk_model=model,
        registered_model_name="tutorial",
        artifact_path="tutorial",
        serialization_format="pickle",
    )
"""


def test_the_tutorials_log_model_fails(azure, plane, tmp_path):
    """Why train.py saves and registers in two steps: log_model asks for logged models first."""
    run = plane.client.create_run(plane.experiment, run_name="tutorial").info.run_id
    done = as_job(azure, plane, run, "-c", TUTORIAL, folder=tmp_path)
    assert done.returncode != 0
    assert plane.absent[-1].endswith("/mlflow/logged-models")
    assert "RestException" in done.stderr


def test_nothing_went_past_the_plugin(azure, runs):
    hosts = {exchange.request.host for exchange in azure.exchanges}
    assert dataplane.HOST in hosts
    assert azure.front.refused == []
