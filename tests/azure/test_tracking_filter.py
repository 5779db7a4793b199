"""Both steps on a tracking server that lacks what Azure ML's lacks."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from azureml_filter import AzureMLFilter, azureml_filter
from layout import ROOT

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(port: int, server: subprocess.Popen, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"mlflow server did not start (exit code {server.poll()})")


@pytest.fixture(scope="session")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureMLFilter]:
    """A real `mlflow server` behind the filter."""
    folder, port = tmp_path_factory.mktemp("tracking"), free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--workers", "1"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    # The server's job runner is eight more processes, and nothing here needs it.
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_until_up(port, server)
        with azureml_filter(port) as proxy:
            yield proxy
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@pytest.fixture(scope="session")
def client(tracking: AzureMLFilter):
    from mlflow import MlflowClient

    return MlflowClient(tracking.uri, tracking.uri)


@pytest.fixture(scope="session")
def job(tracking: AzureMLFilter, client):
    """Runs a script as a step of a job: in a run that exists already and that the environment names."""
    experiment = client.create_experiment("credit-default")

    def run(*command: object) -> tuple[subprocess.CompletedProcess, str]:
        run_id = client.create_run(experiment).info.run_id
        environment = {
            **os.environ,
            "MLFLOW_TRACKING_URI": tracking.uri,
            "MLFLOW_RUN_ID": run_id,
            "MLFLOW_EXPERIMENT_ID": experiment,
            "MLFLOW_EXPERIMENT_NAME": "credit-default",
        }
        command = [sys.executable, *map(str, command)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300), run_id

    return run


@pytest.fixture(scope="session")
def trained(job, tracking: AzureMLFilter, tmp_path_factory: pytest.TempPathFactory):
    """Both steps on the sample: the folder they wrote to and their run ids. They ask for nothing absent."""
    out = tmp_path_factory.mktemp("job")
    data = ROOT / "data" / "credit_card_synthetic.csv"
    script = ROOT / "components" / "data_prep" / "data_prep.py"
    prepared, prep_run = job(script, "--data", data, "--train_data", out, "--test_data", out)
    assert prepared.returncode == 0, prepared.stderr
    script = ROOT / "components" / "train" / "train.py"
    fitted, train_run = job(script, "--train_data", out, "--test_data", out, "--model", out / "model")
    assert fitted.returncode == 0, fitted.stderr
    assert tracking.refused == []
    return out, prep_run, train_run


def test_the_steps_log_to_the_runs_of_their_jobs(trained, client):
    _, prep_run, train_run = trained
    prepared, fitted = client.get_run(prep_run).data, client.get_run(train_run).data
    assert (prepared.metrics["train_rows"], prepared.metrics["test_rows"]) == (1875, 625)
    assert fitted.params["learning_rate"] == "0.05"
    assert 0.6 < fitted.metrics["roc_auc"] < 1


def test_the_steps_start_no_run_of_their_own(trained, client):
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    assert {run.info.run_id for run in client.search_runs(experiments)} == set(trained[1:])


def test_the_registered_model_loads_and_predicts(trained, tracking, monkeypatch):
    import mlflow
    import pandas as pd

    out = trained[0]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking.uri)
    test = pd.read_parquet(out / "test.parquet").drop(columns="default payment next month")
    model = mlflow.pyfunc.load_model("models:/credit_defaults_model/1")
    assert set(model.predict(test)) == {0, 1}
    assert model.metadata.signature is not None


def test_the_tutorials_log_model_fails(job, tracking):
    result, _ = job("-c", TUTORIAL)
    assert result.returncode != 0
    assert tracking.refused[-1] == "/api/2.0/mlflow/logged-models"
    assert "RestException" in result.stderr
