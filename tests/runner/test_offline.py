"""Steps that log with azureml-core: numbers become metrics, what is not kept is told."""

import sys

import pytest
from checkout import Checkout, job

# What azureml-core's offline run prints (core/run.py, class _OfflineRun).
CORE = """
class _OfflineRun:
    def log(self, name, value):
        print(f"Attempted to log scalar metric {name}:\\n{value}")

    def log_table(self, name, value):
        print(f"Attempted to log table metric {name}:\\n{value}")

    def upload_file(self, name, path):
        print(f"Attempted to track file {name} at {path}")

class Run:
    @staticmethod
    def get_context():
        return _OfflineRun()
"""
STEP = """
from azureml.core import Run
run = Run.get_context()
for loss in (3, 2.5, 1e-1):
    run.log("train loss", loss)
run.log("hopeless", float("nan"))
run.log_table("rows", {"a": [1]})
run.upload_file("model.pkl", "outputs/model.pkl")
"""


@pytest.fixture
def with_core(checkout: Checkout) -> Checkout:
    """Return a checkout whose steps find an azureml-core."""
    packages = checkout.folder / "packages"
    (packages / "azureml_core-1.61.0.dist-info").mkdir(parents=True)
    checkout.write("packages/azureml/core.py", CORE)
    checkout.write("code/train.py", STEP)
    script = f"#!/bin/sh\nPYTHONPATH='{packages}' exec {sys.executable} \"$@\"\n"
    checkout.write("python", script).chmod(0o755)
    return checkout


def test_numbers_are_kept_and_the_rest_is_told(with_core: Checkout) -> None:
    from mlflow import MlflowClient

    with_core.pipeline({"a": job("python train.py", code="./code"), "b": job("true")}, experiment_name="e")
    done = with_core.run("--python", str(with_core.folder / "python"))
    assert done.out.count("a: train.py logs with azureml-core") == 1 and "b: " not in done.out
    assert "not kept from azureml-core's offline run: hopeless, rows, model.pkl" in done.out
    client = MlflowClient(f"sqlite:///{with_core.folder}/.local/mlflow.db")
    runs = client.search_runs([client.get_experiment_by_name("e").experiment_id])
    (run,) = [run for run in runs if run.info.run_name == "a"]
    assert run.data.metrics == {"train loss": 0.1}
    history = client.get_metric_history(run.info.run_id, "train loss")
    assert [(each.step, each.value) for each in history] == [(0, 3), (1, 2.5), (2, 0.1)]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("run = Run.get_context()\nprint(1)\nws = run.experiment.workspace", 4),
        ("ws = Run.get_context().experiment.workspace", 2),
    ],
)
def test_a_run_without_workspace_is_told_at_the_start_and_where_it_fails(
    with_core: Checkout, code: str, line: int
) -> None:
    with_core.write("code/train.py", f"from azureml.core import Run\n{code}\n")
    with_core.pipeline({"a": job("python train.py", code="./code")})
    done = with_core.run("--python", str(with_core.folder / "python"), code=1)
    assert f"a: train.py:{line} asks that run for its experiment; it has none here" in done.out
    assert (
        "a run of azureml-core (SDK v1) is offline here and has no 'experiment', so no workspace" in done.out
    )


def test_a_sweep_sees_its_metric(with_core: Checkout) -> None:
    with_core.write("code/train.py", STEP.split("for loss")[0] + 'import sys\nrun.log("loss", sys.argv[1])\n')
    trial = {
        "command": "python train.py ${{search_space.x}}",
        "code": "./code",
        "environment": {"image": "i"},
    }
    sweep = {
        "type": "sweep",
        "trial": trial,
        "search_space": {"x": {"type": "choice", "values": [2, 1]}},
        "sampling_algorithm": "grid",
        "objective": {"goal": "minimize", "primary_metric": "loss"},
        "limits": {"max_total_trials": 2},
    }
    with_core.write("sweep.yml", sweep)
    assert "loss 1" in with_core.run("sweep.yml", "--python", str(with_core.folder / "python")).out
