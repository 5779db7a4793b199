"""The gate, through the command that runs it: who is registered, who is not, and why."""

import csv
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from checkout import Checkout, Done
from pipeline_steps import (
    COMPONENTS,
    PIPELINE,
    REAL,
    SAMPLE,
    SCHEMA,
    TARGET,
    needs_real_data,
    step,
    step_running,
)

OPEN = {"min_roc_auc": 0, "max_group_gap": 1, "max_regression": 0.01}  # only the comparison counts


def decision(done: Done) -> dict:
    (file,) = done.folder.glob("*/outputs/decision/decision.json")
    return json.loads(file.read_text(encoding="utf-8"))


def versions(checkout: Checkout, name: str = "m") -> dict[str, dict[str, str]]:
    """Return the tags of each version."""
    from mlflow import MlflowClient

    found = MlflowClient(f"sqlite:///{checkout.folder}/.local/mlflow.db").search_model_versions(
        f"name='{name}'"
    )
    return {str(version.version): version.tags for version in found}


def champions(checkout: Checkout, name: str = "m") -> list[str]:
    return [version for version, tags in versions(checkout, name).items() if tags.get("role") == "champion"]


# The whole pipeline


def test_the_first_run_has_no_champion_to_beat(runs):
    checkout, (first, _) = runs
    assert decision(first)["decision"] == "registered" and decision(first)["champion"] is None
    tags = versions(checkout)["1"]
    report = json.loads(
        (first.folder / step_running("evaluate") / "outputs/report/report.json").read_text(encoding="utf-8")
    )
    assert tags["role"] == "champion" and tags["decision"] == "registered"
    assert tags["data"] == report["data"]["sha256"] and len(tags["data"]) == 64
    assert tags["roc_auc"] == f"{report['scores']['roc_auc']['value']:.4f}"
    assert {"threshold", "split", "commit", "digest"} <= set(tags)


def test_the_same_model_is_registered_once(runs):
    checkout, (_, again) = runs
    before = (step_running(name) for name in ("data_prep", "train", "evaluate"))
    assert {again.steps[name] for name in before} == {"Reused"}
    assert decision(again)["decision"] == "unchanged" and again.steps[step_running("register")] == "Completed"
    assert list(versions(checkout)) == ["1"]


@needs_real_data
def test_the_real_data_passes_with_the_pipeline_s_own_settings(checkout):
    paths = {"credit_data.path": REAL, "schema.path": SCHEMA, "registered_model_name": "real"}
    done = checkout.run(str(PIPELINE), "--set", *(f"inputs.{name}={value}" for name, value in paths.items()))
    assert decision(done)["decision"] == "registered" and champions(checkout, "real") == ["1"]
    assert TARGET not in versions(checkout, "real")["1"]


# The step alone, on models that the other steps' own functions made


@dataclass(frozen=True)
class Candidate:
    """What the step decides about: the folders of a model, its report and the test data."""

    folder: Path
    schema: Path

    def run(self, name: str, folders: tuple[str, ...], **given: object) -> None:
        module = step(name)
        options = {folder: self.folder / folder for folder in folders} | {"schema": self.schema} | given
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        getattr(module, name)(module.parser().parse_args(words))

    def register(self, name: str, **settings: float) -> dict:
        """Return the decision."""
        settings = {"registered_model_name": name, **OPEN, **settings}
        self.run("register", ("model", "report", "test_data", "decision"), **settings)
        return json.loads((self.folder / "decision" / "decision.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def registry(new_checkout: Callable[..., Checkout]) -> Checkout:
    return new_checkout()


@pytest.fixture(scope="module")
def make(registry: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Candidate]:
    """Return a function that prepares data, trains and evaluates, here and into the registry's store."""
    import mlflow

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{registry.folder}/.local/mlflow.db")
    mlflow.create_experiment("steps", (registry.folder / "artifacts").as_uri())
    mlflow.set_experiment("steps")

    def make(data: Path = SAMPLE, schema: Path = SCHEMA, **settings: object) -> Candidate:
        candidate = Candidate(tmp_path_factory.mktemp("candidate"), schema)
        candidate.run("data_prep", ("train_data", "test_data"), data=data)
        candidate.run("train", ("train_data", "model"), **{"max_iter": 20, **settings})
        candidate.run("evaluate", ("test_data", "model", "report"))
        return candidate

    yield make
    mlflow.set_tracking_uri(before)


@pytest.fixture(scope="module")
def usual(make) -> Candidate:
    return make()


@pytest.fixture(scope="module")
def weak(make) -> Candidate:
    """A model of one tree, the same for any number of leaves that the tree does not reach."""
    return make(max_iter=1, max_leaf_nodes=500)


def run_step(
    registry: Checkout, candidate: Candidate, name: str, code: int = 0, variables: dict | None = None
) -> Done:
    """Run the step alone, as a pipeline."""
    kinds = {"model": "mlflow_model", "report": "uri_folder", "test_data": "uri_folder"}
    inputs = {port: {"type": kind, "path": str(candidate.folder / port)} for port, kind in kinds.items()}
    inputs["schema"] = {"type": "uri_file", "path": str(candidate.schema)}
    job = {
        "component": str(COMPONENTS / "register" / "register.yml"),
        "inputs": {**inputs, "registered_model_name": name, **OPEN},
        "environment_variables": variables or {},
    }
    registry.pipeline({"register": job})
    return registry.run(code=code)


def test_a_worse_challenger_is_rejected_in_one_line_and_the_champion_stays(registry, usual, weak):
    usual.register("worse")
    done = run_step(registry, weak, "worse")
    found = decision(done)
    assert found["decision"] == "rejected" and found["lost_at_most"] > 0.01
    line = done.log("register").splitlines()[-1]
    assert line.startswith("rejected: it may lose 0.") and "of version 1" in line
    assert f"  register   {line}\n" in done.out
    assert champions(registry, "worse") == ["1"] and done.steps["register"] == "Completed"


def test_an_equal_and_a_better_challenger_take_the_champion_s_place(registry, make, usual, weak):
    weak.register("better")
    equal = make(max_iter=1, max_leaf_nodes=501).register("better")
    assert (equal["decision"], equal["champion"], equal["lost_at_most"]) == ("registered", "1", 0)
    better = usual.register("better")
    assert (better["decision"], better["champion"]) == ("registered", "2")
    assert champions(registry, "better") == ["3"] and len(versions(registry, "better")) == 3


def test_a_champion_that_needs_other_columns_is_no_approval(registry, make, usual, tmp_path):
    usual.register("columns")
    contract = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    del contract["columns"]["PAY_6"]
    (tmp_path / "schema.yml").write_text(yaml.safe_dump(contract, sort_keys=False), encoding="utf-8")
    found = make(schema=tmp_path / "schema.yml").register("columns")
    assert found["reasons"] == [
        "it cannot be compared with version 1: the model needs column(s) that the data does not have: PAY_6"
    ]
    assert champions(registry, "columns") == ["1"]


def test_a_registry_that_cannot_be_reached_fails_the_step(registry, usual):
    variables = {"MLFLOW_REGISTRY_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    done = run_step(registry, usual, "m", code=1, variables=variables)
    assert done.steps["register"] == "Failed"
    assert "register: no decision without the registry, which does not answer" in done.log("register")
    assert not (done.folder / "register/outputs/decision/decision.json").exists()


def shuffled(data: Path, target: Path) -> Path:
    """Write the data with its labels dealt out anew: nothing is left to learn."""
    with data.open(newline="") as stream:
        codes, header, *rows = csv.reader(stream)
    labels = [row[-1] for row in rows]
    random.Random(0).shuffle(labels)
    with target.open("w", newline="") as stream:
        dealt = ([*row[:-1], label] for row, label in zip(rows, labels, strict=True))
        csv.writer(stream).writerows([codes, header, *dealt])
    return target


def test_shuffled_labels_are_rejected(registry, make, tmp_path):
    candidate = make(shuffled(REAL if REAL.exists() else SAMPLE, tmp_path / "shuffled.csv"))
    (reason,) = candidate.register("shuffled", min_roc_auc=0.65)["reasons"]
    assert reason.endswith("is below min_roc_auc 0.65") and versions(registry, "shuffled") == {}
