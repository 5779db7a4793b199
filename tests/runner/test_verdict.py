"""``azml run`` refuses what ``azml validate`` calls an error, in the job as ``--set`` changes it."""

import pytest
from azml.cli import main
from checkout import Checkout

COMPONENT = {
    "type": "command",
    "name": "train",
    "version": "1",
    "inputs": {"rate": {"type": "number", "max": 1}},
    "command": "echo ${{inputs.rate}}",
    "environment": {"image": "python:3.11-slim"},
}


@pytest.fixture
def project(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Return a checkout with a pipeline in which the validator finds nothing, made the current folder."""
    checkout.write("train.yml", COMPONENT)
    step = {"type": "command", "component": "./train.yml", "inputs": {"rate": "${{parent.inputs.rate}}"}}
    settings = {"default_compute": "azureml:cpu"}
    checkout.pipeline({"train": step}, inputs={"rate": 0.5}, settings=settings)
    monkeypatch.chdir(checkout.folder)
    return checkout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("inputs.rate=7", "above the maximum"),
        ("inputs.rate=fast", "number"),
        ("jobs.train.inputs.rate=7", "above the maximum"),
        ("settings.default_compute=", "compute"),
        ("jobs.train.component=./trian.yml", "does not exist"),
        ("input.rate=1", "did you mean 'inputs'?"),
    ],
)
def test_set_is_checked_before_anything_runs(project, capfd, change, said):
    assert main(["run", "--set", change]) == 2
    captured = capfd.readouterr()
    assert captured.out == "" and said in captured.err
    assert not (project.folder / ".local" / "runs").exists()


@pytest.mark.parametrize("name", ["  train-model:", "  prepare:\n    train:"], ids=["name", "indentation"])
def test_the_same_file_gets_one_verdict_from_both_commands(project, capfd, name):
    text = (project.folder / "pipeline.yml").read_text(encoding="utf-8")
    project.write("pipeline.yml", text.replace("  train:", name))
    assert main(["validate", "pipeline.yml"]) == 1
    (found, *_) = capfd.readouterr().out.splitlines()
    assert main(["run"]) == 2
    assert found in capfd.readouterr().err.splitlines()


def test_warnings_stop_nothing(project, capfd):
    unused = {"seed": {"type": "integer", "default": 1}}
    project.write("train.yml", {**COMPONENT, "inputs": COMPONENT["inputs"] | unused})
    assert main(["validate", "train.yml"]) == 0
    assert "warning" in capfd.readouterr().out
    assert main(["run", "--plan"]) == 0


def test_what_azure_ml_refuses_runs_if_it_is_wanted(project):
    assert main(["run", "--plan", "--no-validate", "--set", "inputs.rate=7"]) == 0
