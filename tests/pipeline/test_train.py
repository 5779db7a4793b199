"""train: what it refuses and in which words, the model it saves, and how good it is on the real data."""

import os
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from layout import ROOT
from pipeline_steps import REAL, SAMPLE, SCHEMA, TARGET, needs_real_data, refused, step
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

data_prep, train = step("data_prep"), step("train")
CONTRACT = train.read_contract(SCHEMA)


def prepared(data: Path, seed: int = 42, contract=CONTRACT) -> list[pd.DataFrame]:
    """Return train and test data of a file as data_prep makes them."""
    paths = {"train_data": Path("-"), "test_data": Path("-")}
    args = Namespace(data=data, test_train_ratio=0.25, seed=seed, **paths)
    return list(data_prep.split(args, contract).values())


TRAIN = prepared(SAMPLE)[0]


def write(table: pd.DataFrame | bytes | None) -> None:
    Path("data").mkdir()
    if isinstance(table, bytes):
        Path("data/train.parquet").write_bytes(table)
    elif table is not None:
        table.to_parquet("data/train.parquet", index=False)


BAD_DATA = {
    "no train data": (None, "data/train.parquet: no such file"),
    "not parquet": (b"ID,AGE\n1,2\n", "data/train.parquet: not a parquet file"),
    "empty file": (b"", "data/train.parquet: not a parquet file"),
    "no rows": (TRAIN[:0], f"data/train.parquet: column '{TARGET}' must hold both 0 and 1"),
    "one class": (TRAIN[TRAIN[TARGET] == 0], f"column '{TARGET}' must hold both 0 and 1"),
    "no target": (TRAIN.drop(columns=TARGET), f"train.parquet: column '{TARGET}' is missing"),
    "no feature": (TRAIN.drop(columns="PAY_0"), "train.parquet: column 'PAY_0' is missing"),
}
BAD_ARGUMENTS = {
    "learning rate 0": (["--learning_rate", "0"], "--learning_rate: 0 is not between 0.0001 and 1"),
    "learning rate not a number": (["--learning_rate", "nan"], "--learning_rate: nan is not between"),
    "no trees": (["--max_iter", "0"], "--max_iter: 0 is not between 1 and 10000"),
    "half a tree": (["--max_iter", "10.5"], "--max_iter: 10.5 is not an integer"),
    "one leaf": (["--max_leaf_nodes", "1"], "--max_leaf_nodes: 1 is not between 2 and 4096"),
    "abbreviated option": (["--learning", "0.1"], "unrecognized arguments: --learning 0.1"),
    "model folder is a file": (["--model", "data/train.parquet"], "File exists: 'data/train.parquet'"),
}


def arguments(*more: str) -> list[str]:
    return ["--train_data", "data", "--schema", str(SCHEMA), "--model", "model", *more]


@pytest.mark.parametrize(("table", "message"), BAD_DATA.values(), ids=BAD_DATA)
def test_bad_data_is_one_line(table, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(table)
    error = refused(train, "train", arguments(), capsys, monkeypatch)
    assert message in error and error.count("\n") == 1 and not Path("mlflow.db").exists()


@pytest.mark.parametrize(("given", "message"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_a_bad_argument_is_one_line(given, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(TRAIN)
    error = refused(train, "train", arguments(*given), capsys, monkeypatch)
    assert message in error and error.count("\n") == 1


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, mlflow_store: Path) -> Path:
    """Return a folder with a model, trained by hand where a preempted step left half of one."""
    folder = tmp_path_factory.mktemp("by_hand")
    shutil.copy(mlflow_store, folder)
    (folder / "data").mkdir()
    TRAIN.to_parquet(folder / "data/train.parquet")
    (folder / "model").mkdir()
    (folder / "model/model.pkl").write_bytes(b"half of an earlier mod")
    command = [sys.executable, ROOT / "components/train/train.py", *arguments("--max_iter", "20.0")]
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment = outside | {"PYTHONPATH": str(ROOT / "components")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARN" not in done.stderr.upper()
    return folder


def test_it_logs_its_settings_and_nothing_else(trained):
    from mlflow import MlflowClient

    (run,) = MlflowClient(f"sqlite:///{trained}/mlflow.db").search_runs(["0"])
    assert run.data.params == {
        "learning_rate": "0.05",
        "max_iter": "20",
        "max_leaf_nodes": "31",
        "max_features": "0.3",
        "seed": "42",
    }
    assert run.data.metrics == {}


def test_the_signature_takes_what_training_took_without_the_sensitive_columns(trained):
    model = yaml.safe_load((trained / "model/MLmodel").read_text())
    inputs = {column["name"]: column["type"] for column in yaml.safe_load(model["signature"]["inputs"])}
    assert inputs == {column.name: "double" for column in CONTRACT.features}
    assert not {column.name for column in CONTRACT.sensitive} & set(inputs)
    assert model["flavors"]["python_function"]["predict_fn"] == "predict_proba"


def test_the_model_names_the_packages_of_a_server(trained):
    lines = (trained / "model/requirements.txt").read_text().split()
    assert all("==" in line for line in lines)
    assert {"azureml-ai-monitoring", "azureml-inference-server-http"} <= {
        line.split("==")[0] for line in lines
    }


def test_the_example_is_nobody_s_data(trained):
    example = yaml.safe_load((trained / "model/input_example.json").read_text())
    features = TRAIN[example["columns"]].astype(float)
    assert not (features == example["data"][0]).all(axis=1).any()


def settings(**values: object) -> Namespace:
    return Namespace(**{"learning_rate": 0.05, "max_iter": 100, "max_leaf_nodes": 31, "seed": 42, **values})


def test_the_same_seed_gives_the_same_model():
    once, again, other = (
        train.fit(settings(seed=seed, max_iter=5), CONTRACT, TRAIN).predict_proba(
            train.as_features(TRAIN, CONTRACT)
        )
        for seed in (1, 1, 2)
    )
    assert np.array_equal(once, again) and not np.array_equal(once, other)


@needs_real_data
@threadpool_limits.wrap(limits=1)
def test_mean_roc_auc_on_the_real_data():
    """0.7865 when it was measured; 0.7869 with the sensitive columns among the features."""
    scores = []
    for seed in range(5):
        fitted, held_out = prepared(REAL, seed)
        model = train.fit(settings(seed=seed), CONTRACT, fitted)
        probability = model.predict_proba(train.as_features(held_out, CONTRACT))[:, 1]
        scores.append(roc_auc_score(held_out[TARGET], probability))
    assert np.mean(scores) >= 0.784
