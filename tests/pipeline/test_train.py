"""train.py: what it refuses and in which words, and what it leaves in MLflow when run by hand."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from layout import ROOT
from threadpoolctl import threadpool_limits

STEPS = ROOT / "components"
SAMPLE = ROOT / "data" / "credit_card_synthetic.csv"
REAL = ROOT.parent / "shared" / "data" / "default_of_credit_card_clients.csv"
TARGET = "default payment next month"


def load(name: str):
    specification = importlib.util.spec_from_file_location(name, STEPS / name / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


data_prep, train = load("data_prep"), load("train")


def prepared(data: Path, seed: int = 42) -> list[pd.DataFrame]:
    """Train and test data of a file as data_prep makes them."""
    options = ["--data", str(data), "--seed", str(seed), "--train_data", "-", "--test_data", "-"]
    return [table.to_pandas() for table in data_prep.prepare(data_prep.parse_arguments(options))]


TRAIN, TEST = prepared(SAMPLE)


def write(
    folder: str, train_data: pd.DataFrame | bytes | None, test_data: pd.DataFrame | bytes | None
) -> None:
    Path(folder).mkdir()
    for name, data in (("train", train_data), ("test", test_data)):
        if isinstance(data, bytes):
            Path(folder, f"{name}.parquet").write_bytes(data)
        elif data is not None:
            data.to_parquet(Path(folder, f"{name}.parquet"), index=False)


BAD_DATA = {
    "no train data": (None, TEST, "data/train.parquet: no such file"),
    "no test data": (TRAIN, None, "data/test.parquet: no such file"),
    "not parquet": (b"ID,AGE\n1,2\n", TEST, "data/train.parquet: not a parquet file"),
    "empty file": (TRAIN, b"", "data/test.parquet: not a parquet file"),
    "no rows": (TRAIN[:0], TEST, f"data/train.parquet: column '{TARGET}' must hold 0 and 1, holds []"),
    "one class": (TRAIN, TEST[TEST[TARGET] == 0], f"column '{TARGET}' must hold 0 and 1, holds [0]"),
    "target of 0, 1 and 2": (TRAIN.replace({TARGET: {0: 2}}), TEST, "must hold 0 and 1, holds [2, 1]"),
    "no target": (TRAIN.drop(columns=TARGET), TEST, f"train.parquet: column '{TARGET}' is missing"),
    "no features": (TRAIN[[TARGET]], TEST, f"train.parquet: there are no columns beside '{TARGET}'"),
    "words": (TRAIN.assign(SEX="m"), TEST, "train.parquet: column 'SEX' does not hold numbers"),
    "other columns": (
        TRAIN,
        TEST.rename(columns={"AGE": "YEARS"}),
        "columns only in the train data: ['AGE'], only in the test data: ['YEARS']",
    ),
    "other order": (TRAIN, TEST[TEST.columns[::-1]], "have their columns in different order"),
}
BAD_ARGUMENTS = {
    "learning rate 0": (["--learning_rate", "0"], "--learning_rate: 0 is not above 0 and at most 1"),
    "learning rate above 1": (
        ["--learning_rate", "1.5"],
        "--learning_rate: 1.5 is not above 0 and at most 1",
    ),
    "learning rate not a number": (["--learning_rate", "nan"], "--learning_rate: nan is not above 0"),
    "learning rate in words": (["--learning_rate", "fast"], "--learning_rate: 'fast' is not a number"),
    "no trees": (["--max_iter", "0"], "--max_iter: 0 is not a whole number from 1 to 10000"),
    "half a tree": (["--max_iter", "10.5"], "--max_iter: 10.5 is not a whole number from 1 to 10000"),
    "one leaf": (["--max_leaf_nodes", "1"], "--max_leaf_nodes: 1 is not a whole number from 2 to 4096"),
    "seed below 0": (["--seed", "-1"], "--seed: -1 is not a whole number from 0"),
    "name with a slash": (["--registered_model_name", "a/b"], "'a/b' is not a model name"),
    "empty name": (["--registered_model_name", ""], "'' is not a model name"),
    "abbreviated option": (["--learning", "0.1"], "unrecognized arguments: --learning 0.1"),
    "model folder in use": (["--model", "full"], "full: the folder for the model is not empty"),
    "model folder is a file": (["--model", "full/MLmodel"], "File exists: 'full/MLmodel'"),
}


def refused(arguments: list[str], capsys: pytest.CaptureFixture) -> str:
    """The line that the user sees."""
    inputs = ["--train_data", "data", "--test_data", "data", "--model", "model"]
    try:
        code = train.main([*inputs, *arguments])
    except SystemExit as stop:
        code = stop.code
    error = capsys.readouterr().err
    assert code == 2
    assert error.startswith("train: ") and error.count("\n") == 1
    assert not Path("mlflow.db").exists()
    return error


@pytest.mark.parametrize(("train_data", "test_data", "message"), BAD_DATA.values(), ids=BAD_DATA)
def test_bad_data_is_one_line(train_data, test_data, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("data", train_data, test_data)
    assert message in refused([], capsys)


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_a_bad_argument_is_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("data", TRAIN, TEST)
    Path("full").mkdir()
    Path("full/MLmodel").write_text("an earlier model")
    assert message in refused(arguments, capsys)
    assert Path("full/MLmodel").read_text() == "an earlier model"


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess]:
    """One training by hand: no variable of a job is set."""
    folder = tmp_path_factory.mktemp("by_hand")
    missing = [data.astype({"AGE": float}) for data in (TRAIN, TEST)]
    missing[1].loc[0, "AGE"] = np.nan
    write(str(folder / "data"), *missing)
    command = [sys.executable, STEPS / "train" / "train.py", "--train_data", "data", "--test_data", "data"]
    command += ["--model", "model", "--max_iter", "20.0", "--registered_model_name", "by-hand"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return folder, result


@pytest.fixture(scope="module")
def finished_run(by_hand):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{by_hand[0]}/mlflow.db")
    (run,) = client.search_runs(["0"])
    return run


def test_it_logs_parameters_and_metrics(finished_run):
    assert finished_run.data.params == {
        "learning_rate": "0.05",
        "max_iter": "20",
        "max_leaf_nodes": "31",
        "max_features": "0.3",
        "seed": "42",
    }
    assert set(finished_run.data.metrics) == {
        *("roc_auc", "average_precision", "log_loss", "brier_score"),
        *("accuracy", "precision", "recall", "f1"),
    }
    assert 0.65 < finished_run.data.metrics["roc_auc"] < 0.9


def test_it_keeps_pictures_report_and_model(by_hand, finished_run):
    artifacts = by_hand[0] / "mlruns" / "0" / finished_run.info.run_id / "artifacts"
    assert {path.name for path in (artifacts / "plots").iterdir()} == {
        *("roc.png", "precision_recall.png", "calibration.png"),
        *("confusion_matrix.png", "permutation_importance.png"),
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (artifacts / "plots").iterdir())
    assert "macro avg" in (artifacts / "classification_report.txt").read_text()
    saved = by_hand[0] / "model"
    assert {path.name for path in (artifacts / "model").iterdir()} == {path.name for path in saved.iterdir()}


def test_the_model_states_its_inputs_and_pins_its_packages(by_hand):
    import yaml

    model = yaml.safe_load((by_hand[0] / "model" / "MLmodel").read_text())
    inputs = {column["name"]: column["type"] for column in yaml.safe_load(model["signature"]["inputs"])}
    assert list(inputs) == list(TRAIN.columns[:-1])
    assert inputs["AGE"] == "double" and inputs["SEX"] == "long"
    assert model["saved_input_example_info"]
    requirements = (by_hand[0] / "model" / "requirements.txt").read_text().split()
    assert all("==" in line for line in requirements) and len(requirements) == 4


def test_it_ends_with_a_summary(by_hand):
    assert by_hand[1].stdout.splitlines()[-1].split() == ["registered", "model", "by-hand,", "version", "1"]
    assert "WARN" not in by_hand[1].stderr.upper()


def options(**values: object):
    arguments = [f"--{name}={value}" for name, value in values.items()]
    return train.parse_arguments([*arguments, "--train_data=-", "--test_data=-", "--model=-"])


def test_the_same_seed_gives_the_same_model():
    features = TRAIN.drop(columns=TARGET)
    once, again, other = (
        train.fit(options(seed=seed, max_iter=5), features, TRAIN[TARGET]).predict_proba(features)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


@pytest.mark.skipif(not REAL.exists(), reason=f"the real data is not at {REAL}")
@threadpool_limits.wrap(limits=1)
def test_mean_roc_auc_on_the_real_data():
    scores = []
    for seed in range(5):
        fitted, held_out = prepared(REAL, seed)
        model = train.fit(options(seed=seed), fitted.drop(columns=TARGET), fitted[TARGET])
        probability = model.predict_proba(held_out.drop(columns=TARGET))[:, 1]
        scores.append(train.evaluate(held_out[TARGET], probability)["roc_auc"])
    assert np.mean(scores) >= 0.778
