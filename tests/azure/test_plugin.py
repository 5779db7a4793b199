"""The steps as in a job on Azure ML: `azureml://…`, the real plugin, and a data plane on loopback."""

import os
import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest
from azml.core.linker import Linker
from azml.core.project import Project
from azml.runner.data.files import copy_snapshot
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


def run_step(azure, plane, folder: Path, name: str, **arguments) -> str:
    """Run a step's script in its snapshot as a job does; return its run's id."""
    code = folder / "code" / name
    code.mkdir(parents=True)
    copy_snapshot(Linker(Project(ROOT)).link(ROOT / "components" / name / f"{name}.yml"), code)
    words = [word for key, value in arguments.items() for word in (f"--{key}", value)]
    run = plane.client.create_run(plane.experiment, run_name=name).info.run_id
    done = as_job(azure, plane, run, f"{name}.py", *words, folder=code)
    assert done.returncode == 0, done.stderr
    return run


@pytest.fixture(scope="module")
def runs(azure, plane, tmp_path_factory) -> dict:
    """The steps, done: their runs' ids, and the folder of their outputs."""
    folder = tmp_path_factory.mktemp("job")
    out = {name: folder / name for name in ("train_data", "test_data", "model", "report", "decision")}
    schema = {"schema": ROOT / "data" / "schema.yml"}
    tests = {"model": out["model"], "test_data": out["test_data"]} | schema
    prepared = {name: out[name] for name in ("train_data", "test_data")} | schema
    arguments = {
        "data_prep": {"data": ROOT / "data" / "credit_card_synthetic.csv"} | prepared,
        "train": {"train_data": out["train_data"], "max_iter": 20, "model": out["model"]} | schema,
        "evaluate": tests | {"report": out["report"]},
        "register": tests | {"report": out["report"], "min_roc_auc": 0.5, "decision": out["decision"]},
    }
    found = {name: run_step(azure, plane, folder, name, **given) for name, given in arguments.items()}
    assert plane.absent == [], "the steps ask for what Azure ML does not have"
    return found | {"folder": folder}


def test_parameters_and_metrics_arrive(plane, runs):
    data = {name: plane.client.get_run(runs[name]).data for name in ("data_prep", "train", "evaluate")}
    assert data["data_prep"].params["test_train_ratio"] == "0.25"
    assert data["data_prep"].metrics["rows"] > 0
    assert data["train"].params["max_iter"] == "20"
    assert 0.5 < data["evaluate"].metrics["roc_auc"] <= 1


def test_the_steps_start_no_run_of_their_own(plane, runs):
    found = plane.client.search_runs([each.experiment_id for each in plane.client.search_experiments()])
    assert {run.info.run_id for run in found} == {run for name, run in runs.items() if name != "folder"}


def test_artifacts_arrive_in_the_workspaces_storage(azure, runs):
    names = {
        step: list(azure.storage.blobs(f"ExperimentRun/dcid.{runs[step]}/"))
        for step in ("evaluate", "register")
    }
    assert any(name.endswith("/MLmodel") for name in names["register"])
    assert any(name.endswith(".png") for name in names["evaluate"])


def test_the_model_is_registered(plane, runs):
    (version,) = plane.client.search_model_versions("name='credit_defaults_model'")
    assert version.run_id == runs["register"]
    assert version.source.startswith("azureml://")


USE_THE_MODEL = """
import sys
import mlflow, pandas

run, rows = sys.argv[1], pandas.read_parquet(sys.argv[2])
model = mlflow.pyfunc.load_model("models:/credit_defaults_model/1")
features = rows[model.metadata.get_input_schema().input_names()]
print(model.predict(features).shape[1])
try:
    mlflow.register_model(f"runs:/{run}/model", "another")
except mlflow.MlflowException as error:
    print(error.error_code)
"""


def test_the_registered_model_loads_and_why_it_was_not_registered_by_run(azure, plane, runs, tmp_path):
    """The plugin lists a folder one level too high; MLflow 3 then asks for logged models: see register.py."""
    script = tmp_path / "use.py"
    script.write_text(USE_THE_MODEL)
    test_data = runs["folder"] / "test_data" / "test.parquet"
    done = as_job(azure, plane, runs["register"], script, runs["register"], test_data, folder=tmp_path)
    assert done.stdout.split() == ["2", "ENDPOINT_NOT_FOUND"], done.stderr
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
    """Why the model is saved and registered in two steps: log_model asks for logged models first."""
    run = plane.client.create_run(plane.experiment, run_name="tutorial").info.run_id
    done = as_job(azure, plane, run, "-c", TUTORIAL, folder=tmp_path)
    assert done.returncode != 0
    assert plane.absent[-1].endswith("/mlflow/logged-models")
    assert "RestException" in done.stderr


def test_nothing_went_past_the_plugin(azure, runs):
    hosts = {exchange.request.host for exchange in azure.exchanges}
    assert dataplane.HOST in hosts
    assert azure.front.refused == []
