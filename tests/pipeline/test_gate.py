"""The gate, through the command that runs the pipeline: who is registered, who is not, and why."""

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from checkout import Checkout, Done
from steps import PIPELINE, REAL, SAMPLE, SCHEMA, TARGET, needs_real_data

OPEN = {"min_roc_auc": 0, "max_group_gap": 1, "max_regression": 0.01}  # only the comparison counts


class Registry:
    """A checkout whose model registry the pipeline fills, run by run."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout

    def run(self, data: Path = SAMPLE, schema: Path = SCHEMA, code: int = 0, **inputs: object) -> Done:
        paths = {"credit_data.path": data, "schema.path": schema}
        given = {**paths, "max_iter": 20, "registered_model_name": "m", **OPEN, **inputs}
        return self.set({f"inputs.{name}": value for name, value in given.items()}, code)

    def set(self, changes: dict[str, object], code: int = 0) -> Done:
        return self.checkout.run(
            str(PIPELINE), "--set", *(f"{key}={value}" for key, value in changes.items()), code=code
        )

    def versions(self, name: str = "m") -> dict[str, dict[str, str]]:
        """Return the tags of each version."""
        from mlflow import MlflowClient

        client = MlflowClient(f"sqlite:///{self.checkout.folder}/.local/mlflow.db")
        found = client.search_model_versions(f"name='{name}'")
        return {str(version.version): version.tags for version in found}

    def champions(self, name: str = "m") -> list[str]:
        return [version for version, tags in self.versions(name).items() if tags.get("role") == "champion"]


def decision(done: Done) -> dict:
    return json.loads((done.folder / "register/outputs/decision/decision.json").read_text(encoding="utf-8"))


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


@pytest.fixture(scope="module")
def registry(new_checkout: Callable[..., Checkout]) -> Registry:
    return Registry(new_checkout())


@pytest.fixture(scope="module")
def first(registry: Registry) -> Done:
    return registry.run()


def test_the_first_run_has_no_champion_to_beat(registry, first):
    assert decision(first)["decision"] == "registered" and decision(first)["champion"] is None
    tags = registry.versions()["1"]
    report = json.loads((first.folder / "evaluate/outputs/report/report.json").read_text(encoding="utf-8"))
    assert tags["role"] == "champion" and tags["decision"] == "registered"
    assert tags["data"] == report["data"]["sha256"] and len(tags["data"]) == 64
    assert tags["roc_auc"] == f"{report['scores']['roc_auc']['value']:.4f}"
    assert {"threshold", "split", "commit", "digest"} <= set(tags)


def test_the_same_model_is_registered_once(registry, first):
    again = registry.run()
    assert {again.steps[name] for name in ("data_prep", "train", "evaluate")} == {"Reused"}
    assert decision(again)["decision"] == "unchanged" and again.steps["register"] == "Completed"
    assert list(registry.versions()) == ["1"]


def test_a_worse_challenger_is_rejected_in_one_line_and_the_champion_stays(registry, first):
    done = registry.run(learning_rate=0.0001, max_iter=1)
    found = decision(done)
    assert found["decision"] == "rejected" and found["lost_at_most"] > 0.01
    line = done.log("register").splitlines()[-1]
    assert line.startswith("rejected: it may lose 0.") and "of version 1" in line
    assert registry.champions() == ["1"] and done.steps["register"] == "Completed"


def test_a_better_challenger_takes_the_champion_s_place(registry):
    registry.run(registered_model_name="better", max_iter=1)
    done = registry.run(registered_model_name="better", max_iter=20)
    assert decision(done)["decision"] == "registered" and decision(done)["champion"] == "1"
    assert registry.champions("better") == ["2"] and len(registry.versions("better")) == 2


def test_an_equal_challenger_is_registered(registry, first):
    """The same trees, saved with another number of leaves that none of them reaches."""
    done = registry.run(registered_model_name="equal", max_iter=1, max_leaf_nodes=500)
    again = registry.run(registered_model_name="equal", max_iter=1, max_leaf_nodes=501)
    assert decision(done)["decision"] == decision(again)["decision"] == "registered"
    assert decision(again)["lost_at_most"] == 0


def test_a_champion_that_needs_other_columns_is_no_approval(registry, first, tmp_path):
    contract = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    del contract["columns"]["PAY_6"]
    (tmp_path / "schema.yml").write_text(yaml.safe_dump(contract, sort_keys=False), encoding="utf-8")
    done = registry.run(schema=tmp_path / "schema.yml")
    assert decision(done)["reasons"] == [
        "it cannot be compared with version 1: the model needs column(s) that the data does not have: PAY_6"
    ]
    assert registry.champions() == ["1"]


def test_a_registry_that_cannot_be_reached_fails_the_step(registry, first):
    inputs = {"credit_data.path": SAMPLE, "schema.path": SCHEMA, "max_iter": 20, **OPEN}
    changes = {f"inputs.{name}": value for name, value in inputs.items()}
    place = "jobs.register.environment_variables"
    changes[f"{place}.MLFLOW_REGISTRY_URI"] = "http://127.0.0.1:9"
    changes[f"{place}.MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    done = registry.set(changes, code=1)
    assert done.steps["register"] == "Failed"
    assert "register: no decision without the registry, which does not answer" in done.log("register")
    assert not (done.folder / "register/outputs/decision/decision.json").exists()


def test_shuffled_labels_are_rejected(registry, tmp_path):
    data = shuffled(REAL if REAL.exists() else SAMPLE, tmp_path / "shuffled.csv")
    done = registry.run(data, registered_model_name="shuffled", min_roc_auc=0.65)
    (reason,) = decision(done)["reasons"]
    assert reason.endswith("is below min_roc_auc 0.65") and registry.versions("shuffled") == {}


@needs_real_data
def test_the_real_data_passes_with_the_pipeline_s_own_settings(registry):
    paths = {"inputs.credit_data.path": REAL, "inputs.schema.path": SCHEMA}
    done = registry.set(paths | {"inputs.registered_model_name": "real"})
    assert decision(done)["decision"] == "registered" and registry.champions("real") == ["1"]
    assert TARGET not in registry.versions("real")["1"]
