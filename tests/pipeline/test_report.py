"""The report of evaluate: its numbers are right, and those of the model card are the logged ones."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from pipeline_steps import SCHEMA, step, step_running
from sklearn import metrics

evaluate, EVALUATE = step("evaluate"), step_running("evaluate")
SCORES = {
    "roc_auc": lambda y, p, _: metrics.roc_auc_score(y, p),
    "average_precision": lambda y, p, _: metrics.average_precision_score(y, p),
    "log_loss": lambda y, p, _: metrics.log_loss(y, p),
    "brier_score": lambda y, p, _: metrics.brier_score_loss(y, p),
    "accuracy": lambda y, _, d: metrics.accuracy_score(y, d),
    "precision": lambda y, _, d: metrics.precision_score(y, d),
    "recall": lambda y, _, d: metrics.recall_score(y, d),
    "f1": lambda y, _, d: metrics.f1_score(y, d),
    "false_positive_rate": lambda y, _, d: 1 - metrics.recall_score(y, d, pos_label=0),
}


@pytest.fixture(scope="module")
def report(finished):
    return json.loads((finished[1].folder / EVALUATE / "outputs/report/report.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def logged(finished) -> dict[str, float]:
    """Return the metrics and settings that the step logged."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{finished[0].folder}/.local/mlflow.db")
    found = client.search_runs([each.experiment_id for each in client.search_experiments()])
    named = [run for run in found if run.info.run_name == EVALUATE]
    run = min(named, key=lambda run: run.info.start_time)  # of the first run, not of the one that reused it
    return {**{name: float(value) for name, value in run.data.params.items()}, **run.data.metrics}


def test_scores_are_those_of_scikit_learn_on_the_kept_predictions(finished, report):
    kept = pd.read_parquet(finished[1].folder / EVALUATE / "outputs/report/predictions.parquet")
    target, probability = kept["target"], kept["probability"]
    assert len(kept) == report["data"]["test_rows"] and kept["ID"].is_unique
    for name, score in SCORES.items():
        found = report["scores"][name]
        assert found["value"] == pytest.approx(score(target, probability, probability >= 0.5))
        assert found["low"] < found["value"] < found["high"]


def test_weights_are_repeated_rows():
    random = np.random.default_rng(1)
    target, weights = random.integers(2, size=300), random.integers(4, size=300)
    probability = random.random(300).round(1)  # many ties
    found = evaluate.Ranked(target, probability, 0.5).scores(weights)
    repeated = np.repeat(target, weights), np.repeat(probability, weights)
    for name, score in SCORES.items():
        assert found[name] == pytest.approx(score(*repeated, repeated[1] >= 0.5), abs=1e-9)


def test_every_number_of_the_model_card_was_logged(finished, report, logged):
    card = (finished[1].folder / EVALUATE / "outputs/report/model_card.md").read_text("utf-8")
    rows = [line.split("|")[1:-1] for line in card.splitlines() if line.startswith("| ")]
    cells = [cell.strip() for row in rows for cell in row[1:]]
    numbers = {text for cell in cells for text in re.findall(r"(?<![\w.`])-?\d+(?:\.\d+)?(?![\w`])", cell)}
    known = {f"{value:.4f}" for value in logged.values()} | {f"{value:g}" for value in logged.values()}
    known |= {str(report["data"][name]) for name in ("rows", "train_rows", "test_rows", "features")}
    known |= {f"{report['data']['target_rate']:.4f}", "95"}
    assert len(numbers) > 50
    bands = {edge for column in evaluate.read_contract(SCHEMA).sensitive for edge in map(str, column.bands)}
    assert numbers - bands <= known


def test_the_groups_are_those_of_the_contract_in_its_order(report):
    assert list(report["groups"]["SEX"]) == ["male", "female"]
    assert list(report["groups"]["AGE"])[:2] == ["under 30", "30 up to 40"]
    for groups in report["groups"].values():
        assert sum(facts["rows"] for facts in groups.values()) == report["data"]["test_rows"]
        for facts in groups.values():
            assert ("roc_auc" in facts) <= (facts["rows"] >= 100)


GAPS = {
    "intervals overlap": ([(0.7, 0.8), (0.75, 0.9)], 0),
    "a distance": ([(0.6, 0.7), (0.75, 0.9)], 0.05),
    "a group without scores": ([(0.6, 0.7), None], 0),
}


@pytest.mark.parametrize("case", GAPS)
def test_the_gap_is_what_chance_does_not_explain(case):
    intervals, gap = GAPS[case]
    facts = [
        {"roc_auc": 1, "roc_auc_low": i[0], "roc_auc_high": i[1]} if i else {"rows": 1} for i in intervals
    ]
    assert evaluate.largest_gap({"SEX": dict(enumerate(facts))}) == pytest.approx(gap)


def test_there_are_pictures(finished):
    plots = finished[1].folder / EVALUATE / "outputs/report/plots"
    assert {path.name for path in plots.iterdir()} == {"performance.png", "importance.png", "groups.png"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in plots.iterdir())
