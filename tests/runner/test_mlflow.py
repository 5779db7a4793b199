"""What a run leaves in MLflow, read back with MLflow's own client; and steps that use MLflow themselves."""

import re
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from checkout import LOG_METRIC, Checkout, Done, job

REAL_STEP = """
import mlflow

with mlflow.start_run() as run:
    mlflow.log_param("own", 1)
    mlflow.log_metric("score", 0.25)
    mlflow.set_tag("mood", "fine")
    mlflow.log_text("hello", "note.txt")
print(run.info.run_id)
"""


class Store:
    """The runs of a checkout, by name."""

    def __init__(self, checkout: Checkout) -> None:
        from mlflow import MlflowClient

        self.client = MlflowClient(f"sqlite:///{checkout.folder}/.local/mlflow.db")

    def runs(self, experiment: str) -> dict[str, object]:
        found = self.client.get_experiment_by_name(experiment)
        return {run.info.run_name: run for run in self.client.search_runs([found.experiment_id])}

    def files(self, run: object, folder: str = "") -> list[str]:
        listed = self.client.list_artifacts(run.info.run_id, folder)
        return sorted(each.path for each in listed)


@pytest.fixture(scope="module")
def ran(new_checkout: Callable[..., Checkout]) -> tuple[Checkout, Done]:
    """Return a checkout after two runs: one with a failure, one with ``real`` reused."""
    checkout = new_checkout()
    checkout.write("code/step.py", REAL_STEP)
    real = job("python step.py && echo x > ${{outputs.out}} && echo y > outputs/y", "out", code="./code")
    sweep = {
        "type": "sweep",
        "trial": {
            "command": f"{LOG_METRIC} loss ${{{{inputs.x}}}}",
            "environment": {"image": "i"},
            "inputs": {"x": {"type": "number"}},
        },
        "search_space": {"x": {"type": "choice", "values": [2, 1]}},
        "sampling_algorithm": "grid",
        "objective": {"goal": "minimize", "primary_metric": "loss"},
        "limits": {"max_total_trials": 2},
    }
    checkout.pipeline(
        {
            "real": real | {"inputs": {"rate": "${{parent.inputs.rate}}"}},
            "bad": job("echo to the log; exit 1", inputs={"x": "${{parent.jobs.real.outputs.out}}"}),
            "tune": sweep,
        },
        display_name="The title",
        experiment_name="try outs",
        inputs={"rate": 0.5},
    )
    checkout.run(code=1)
    return checkout, checkout.run("--set", "display_name=Again", "experiment_name=second", code=1)


@pytest.fixture(scope="module")
def store(ran: tuple[Checkout, Done]) -> Store:
    return Store(ran[0])


@pytest.mark.parametrize(
    ("name", "status", "parent", "params", "metrics"),
    [
        ("The title", "FAILED", None, {"rate": "0.5"}, {"score": 0.25, "loss": 1.0}),
        ("real", "FINISHED", "The title", {"rate": "0.5", "own": "1"}, {"score": 0.25}),
        ("bad", "FAILED", "The title", {}, {}),
        ("tune", "FINISHED", "The title", {"x": "1"}, {"loss": 1.0}),
        ("tune.0", "FINISHED", "tune", {"x": "2"}, {"loss": 2.0}),
        ("tune.1", "FINISHED", "tune", {"x": "1"}, {"loss": 1.0}),
    ],
)
def test_run(store: Store, name: str, status: str, parent: str | None, params: dict, metrics: dict) -> None:
    runs = store.runs("try outs")
    run = runs[name]
    above = run.data.tags.get("mlflow.parentRunId")
    assert above == (runs[parent].info.run_id if parent else None)
    assert (run.info.status, run.data.params, run.data.metrics) == (status, params, metrics)
    assert run.info.start_time <= run.info.end_time
    assert run.data.tags["mlflow.source.type"] == "JOB"


def test_inputs_and_outputs_are_tags(store: Store, ran: tuple[Checkout, Done]) -> None:
    runs = store.runs("try outs")
    tags = runs["real"].data.tags
    assert "azureml.input.rate" not in tags  # a literal is a parameter
    assert tags["mood"] == "fine"
    assert Path(tags["azureml.output.out"]).read_text() == "x\n"
    assert runs["bad"].data.tags["azureml.input.x"] == "real/outputs/out"
    assert re.fullmatch(r"pipeline\.yml:\d+:3", tags["azureml.local.spec"])
    assert runs["tune"].data.tags["azureml.sweep.best_trial"] == "1"


@pytest.mark.parametrize(
    ("run", "folder", "files"),
    [
        ("real", "", ["note.txt", "outputs", "user_logs"]),
        ("real", "outputs", ["outputs/y"]),
        ("bad", "user_logs", ["user_logs/std_log.txt"]),
        ("tune", "user_logs", ["user_logs/std_log.txt"]),
    ],
)
def test_artifacts(store: Store, run: str, folder: str, files: list[str]) -> None:
    assert store.files(store.runs("try outs")[run], folder) == files


def test_reused_run_has_what_the_earlier_one_has(store: Store) -> None:
    first, second = store.runs("try outs")["real"], store.runs("second")["real"]
    assert second.data.tags["azureml.local.reused_from"] == first.info.run_id != second.info.run_id
    assert (second.data.metrics, second.data.params) == (first.data.metrics, first.data.params)
    assert second.info.status == "FINISHED" and store.files(second) == store.files(first)
    history = store.client.get_metric_history(second.info.run_id, "score")
    assert [each.value for each in history] == [0.25]


def test_step_attached_to_its_own_run(store: Store, ran: tuple[Checkout, Done]) -> None:
    log = (ran[1].folder / "real/logs/std_log.txt").read_text()
    assert store.runs("try outs")["real"].info.run_id in log


def test_experiment_takes_the_folder_s_name(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("true")})
    checkout.run()
    assert set(Store(checkout).runs(checkout.folder.name)) == {"pipeline", "a"}


def test_standalone_job_is_one_run(checkout: Checkout) -> None:
    checkout.write("alone.yml", job("true", experiment_name="e"))
    checkout.run("alone.yml")
    (run,) = Store(checkout).runs("e").values()
    assert (run.info.run_name, run.info.status) == ("alone", "FINISHED")


def test_deleted_experiment_comes_back(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("true")}, experiment_name="e")
    checkout.run()
    client = Store(checkout).client
    client.delete_experiment(client.get_experiment_by_name("e").experiment_id)
    checkout.run()
    assert len(client.search_runs([client.get_experiment_by_name("e").experiment_id])) == 2


def with_another_mlflow(checkout: Checkout, command: str) -> str:
    """Write a pipeline of one step; return a Python that seems to have another MLflow, by its dist-info.

    The client is the same all the same, and talks to the server.
    """
    packages = checkout.folder / "packages"
    (packages / "mlflow-2.16.0.dist-info").mkdir(parents=True)
    python = checkout.write("python", f"#!/bin/sh\nPYTHONPATH='{packages}' exec {sys.executable} \"$@\"\n")
    python.chmod(0o755)
    checkout.write("code/step.py", REAL_STEP)
    checkout.pipeline({"a": job(command, code="./code")}, experiment_name="e")
    return str(python)


def answers(address: str) -> bool:
    parts = urlsplit(address)
    with socket.socket() as client:
        return client.connect_ex((parts.hostname, parts.port)) == 0


def test_steps_with_another_mlflow_attach_over_loopback(checkout: Checkout) -> None:
    python = with_another_mlflow(checkout, "echo $MLFLOW_TRACKING_URI; python step.py")
    log = checkout.run("--python", python).log("a").split()
    assert log[0].startswith("http://127.0.0.1:") and not answers(log[0])
    store = Store(checkout)
    run = store.runs("e")["a"]
    assert (run.info.run_id, run.data.metrics, run.info.status) == (log[-1], {"score": 0.25}, "FINISHED")
    assert store.files(run) == ["note.txt", "user_logs"]


ASK_AS_MLFLOW_1 = """
import os, urllib.request
address = os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/preview/mlflow/registered-models/search"
print(urllib.request.urlopen(address).read().decode())
"""


def test_the_registry_is_where_mlflow_1_looks_for_it(checkout: Checkout) -> None:
    python = with_another_mlflow(checkout, "python ask.py")
    checkout.write("code/ask.py", ASK_AS_MLFLOW_1)
    assert checkout.run("--python", python).log("a").strip() == "{}"


def test_server_of_a_killed_runner_is_ended_by_the_next(checkout: Checkout) -> None:
    uri = checkout.folder / "uri"
    python = with_another_mlflow(
        checkout, f"echo $MLFLOW_TRACKING_URI > {uri}.part; mv {uri}.part {uri}; sleep 300"
    )
    process = checkout.start("--python", python)
    while not uri.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert answers(uri.read_text().strip())
    checkout.pipeline({"a": job("true")}, experiment_name="e")
    checkout.run()
    assert not answers(uri.read_text().strip())


def test_half_made_store_of_a_killed_runner_is_not_taken_for_one(mlflow_store: Path) -> None:
    assert [path.name for path in mlflow_store.parent.iterdir()] == ["mlflow.db"]
