"""`make deploy` and `make rollback`: the real client against the stand-in workspace and its endpoints."""

import os
import shutil
import subprocess
import sys

import pytest
from layout import ROOT
from standin.cli import Cli, Live

pytest_plugins = ["standin.fixtures"]

ENDPOINT = "credit-default"
MODEL = "credit_defaults_model"


def good(content: dict) -> list[list[float]]:
    """Answer like a model: the two probabilities of each client."""
    return [[0.8, 0.2] for _ in content["input_data"]["data"]]


def broken(content: dict) -> None:
    raise ValueError("the model cannot be loaded")


@pytest.fixture
def project(tmp_path):
    """This repository as far as deploying needs it, ready to run."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "components" / "score", folder / "components" / "score")
    (folder / "data").mkdir()
    shutil.copy(ROOT / "data" / "schema.yml", folder / "data")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "scripts").symlink_to(ROOT / "scripts")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture
def registered(azure):
    """Return a function that registers a version of the model, as the pipeline does for a champion."""
    azure.workspace.assets.clear()
    online = azure.workspace.online
    for kept in (online._endpoints, online._deployments, online.models, online.requests):
        kept.clear()

    def register(version: str, model=good, **tags: str) -> None:
        uri = f"azureml://artifacts/ExperimentRun/dcid.{version}/model"
        properties = {"modelUri": uri, "modelType": "mlflow_model", "flavors": {}, "tags": tags}
        properties["properties"] = {}
        azure.workspace.assets["models", MODEL, version] = properties
        online.models[version] = model

    return register


@pytest.fixture
def cli(tmp_path, azure):
    (tmp_path / "bin").mkdir()
    with Cli(tmp_path / "bin", Live(azure)) as cli:
        yield cli


def make(project, cli, *words: str) -> subprocess.CompletedProcess:
    done_before = ["--old-file=.venv/installed.txt", "--old-file=validate"]
    path = f"{cli.folder}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(project), "LC_ALL": "C.UTF-8", **cli.variables}
    return subprocess.run(
        ["make", "--no-print-directory", *done_before, *words],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )


def ran(project, cli, *words: str) -> str:
    done = make(project, cli, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(project, cli, *words: str) -> str:
    done = make(project, cli, *words)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    return done.stderr


def test_first_deployment(azure, project, cli, registered):
    registered("1", role="champion")
    ran(project, cli, "deploy")
    online = azure.workspace.online
    assert online.traffic(ENDPOINT) == {"version-1": 100} and online.requests == ["version-1"]
    assert online._endpoints[ENDPOINT]["properties"]["authMode"].lower() == "aadtoken"
    deployment = online._deployments[ENDPOINT]["version-1"]["properties"]
    assert deployment["model"].endswith(f"/models/{MODEL}/versions/1")


def test_the_next_one_gets_a_tenth_then_all_and_rollback_gives_it_back(azure, project, cli, registered):
    registered("1", role="champion")
    ran(project, cli, "deploy")
    registered("2", role="champion")
    said = ran(project, cli, "deploy")
    online = azure.workspace.online
    shares = [line.removeprefix("traffic: ") for line in said.splitlines() if line.startswith("traffic: ")]
    assert shares == ["version-1=90 version-2=10", "version-1=0 version-2=100"]
    assert online.requests[1:] == ["version-2"] * 21 and online.traffic(ENDPOINT) == {"version-2": 100}
    ran(project, cli, "rollback")
    assert online.traffic(ENDPOINT) == {"version-1": 100}
    ran(project, cli, "rollback")
    assert online.traffic(ENDPOINT) == {"version-2": 100}


def test_each_step_is_one_line_of_az(project, cli, registered):
    registered("1", role="champion")
    ran(project, cli, "deploy")
    assert [call[1:] for call in cli.calls if call[0] == "ml" and call[1] != "workspace"] == [
        *[
            [
                "model",
                "list",
                "--name",
                MODEL,
                "--query",
                "[?tags.role=='champion'].version",
                "--output",
                "json",
            ]
        ],
        ["online-endpoint", "show", "--name", ENDPOINT, "--output", "json"],
        ["online-endpoint", "create", "--file", "components/score/online/endpoint.yml", "--output", "none"],
        [
            *["online-deployment", "create", "--file", "components/score/online/deployment.yml", "--set"],
            *["name=version-1", f"endpoint_name={ENDPOINT}", f"model=azureml:{MODEL}:1", "--output", "none"],
        ],
        [
            *["online-endpoint", "invoke", "--name", ENDPOINT, "--deployment-name", "version-1"],
            *["--request-file", ".local/deploy/request.json"],
        ],
        [
            *["online-endpoint", "update", "--name", ENDPOINT, "--traffic", "version-1=100"],
            *["--output", "none"],
        ],
    ]


BROKEN = {
    "it crashes": (broken, "a request to version-2"),
    "it answers classes": (lambda _: [1], "expected two probabilities, it answered"),
    "it answers nonsense": (lambda _: "fine", "expected two probabilities"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_failed_request_leaves_the_traffic_as_it_was(azure, project, cli, registered, case):
    model, message = BROKEN[case]
    registered("1", role="champion")
    ran(project, cli, "deploy")
    registered("2", model, role="champion")
    assert message in refused(project, cli, "deploy")
    assert azure.workspace.online.traffic(ENDPOINT) == {"version-1": 100}


def test_a_failure_at_a_tenth_gives_the_traffic_back(azure, project, cli, registered):
    answers = iter([good])

    def only_once(content: dict):
        return next(answers)(content)

    registered("1", role="champion")
    ran(project, cli, "deploy")
    registered("2", only_once, role="champion")
    assert f"a request to {ENDPOINT}" in refused(project, cli, "deploy")
    assert azure.workspace.online.traffic(ENDPOINT) == {"version-1": 100}


def test_a_chosen_version_is_deployed(azure, project, cli, registered):
    registered("1")
    registered("2", role="champion")
    ran(project, cli, "deploy", "VERSION=1")
    assert azure.workspace.online.traffic(ENDPOINT) == {"version-1": 100}


def test_what_has_the_traffic_is_not_deployed_again(project, cli, registered):
    registered("1", role="champion")
    ran(project, cli, "deploy")
    assert "has the traffic of credit-default already" in ran(project, cli, "deploy")


REFUSED = {
    "no champion": (["deploy"], "has no champion: run the pipeline first, or give VERSION=<version>"),
    "no such version": (["deploy", "VERSION=7"], "is not in the workspace"),
    "no endpoint to go back on": (["rollback"], "there is no endpoint credit-default: make deploy"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_stands_in_the_way_is_named(project, cli, registered, case):
    words, message = REFUSED[case]
    registered("1")
    assert message in refused(project, cli, *words)


def test_nothing_to_go_back_to(project, cli, registered):
    registered("1", role="champion")
    ran(project, cli, "deploy")
    assert "has no earlier deployment to go back to" in refused(project, cli, "rollback")
