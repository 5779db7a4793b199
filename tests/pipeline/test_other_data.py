"""Another file needs another contract and no code: words, an unnamed identifier, a target in words."""

import random
from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from pipeline_steps import refused, step
from sklearn.metrics import roc_auc_score

data_prep, train, score = step("data_prep"), step("train"), step("score")
CONTRACT = {
    "identifier": "",
    "target": {"name": "denied", "type": "string", "values": ["no", "yes"]},
    "target_rate": [0.1, 0.6],
    "min_rows": 300,
    "columns": {
        "ratio": {"type": "number", "min": 0, "max": 2, "max_missing": 0.1},
        "history": {"type": "string", "values": ["good", "bad", "none"], "max_missing": 0.4},
        "district": {"type": "string"},
        "retired": {"type": "string", "values": ["no", "yes"], "sensitive": True},
    },
}


def loans(rows: int = 600) -> str:
    """Return made-up applications for a loan; a bad history and a high ratio are what denies them."""
    draw = random.Random(3)
    lines = [",ratio,history,district,retired,denied"]
    for number in range(1, rows + 1):
        history = draw.choice(["good", "bad", "none", ""])
        ratio = round(draw.random() * 1.5, 3)
        denied = draw.random() < 0.1 + 0.5 * (history == "bad") + 0.2 * (ratio > 1)
        retired = draw.choice(["no", "yes"])
        words = [f"{number}-{number % 7}", str(ratio), history, f"d{draw.randrange(5)}", retired]
        lines.append(",".join([*words, "yes" if denied else "no"]))
    return "\n".join(lines) + "\n"


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("loans.yml").write_text(yaml.safe_dump(CONTRACT, sort_keys=False))
    Path("loans.csv").write_text(loans())


def prepared() -> tuple[object, pd.DataFrame, pd.DataFrame]:
    contract = train.read_contract(Path("loans.yml"))
    paths = {"train_data": Path("train"), "test_data": Path("test")}
    args = Namespace(data=Path("loans.csv"), test_train_ratio=0.25, seed=1, **paths)
    return contract, *data_prep.split(args, contract).values()


def test_words_are_learned_from_and_new_ones_are_taken():
    contract, fitted, held_out = prepared()
    assert list(fitted) == ["ratio", "history", "district", "denied"] and set(fitted["denied"]) == {0, 1}
    settings = Namespace(learning_rate=0.05, max_iter=50, max_leaf_nodes=31, seed=1)
    model = train.fit(settings, contract, fitted)
    train.save(model, train.as_features(fitted, contract), Path("model"))
    loaded = score.load_model(Path("model"))
    probability = score.probabilities(loaded, held_out)
    assert roc_auc_score(held_out["denied"], probability) > 0.6
    assert np.isfinite(score.probabilities(loaded, held_out.assign(district="d99", history=None))).all()


def test_the_contract_is_told_in_its_words(capsys, monkeypatch):
    Path("loans.csv").write_text(loans().replace(",good,", ",fair,", 1))
    arguments = ["--data", "loans.csv", "--schema", "loans.yml", "--train_data", "a", "--test_data", "b"]
    said = refused(data_prep, "data_prep", arguments, capsys, monkeypatch)
    assert "column 'history': 'fair' is not one of good, bad, none" in said
