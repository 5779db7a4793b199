"""Evaluates a model on the test data and writes a report: scores, plots, groups, probabilities, model card.

Looks at its inputs and at nothing else, so that Azure ML may reuse the step whenever they are the same.
"""

import json
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from shared.contract import Column, Contract, read_contract
from shared.scores import Ranked, with_intervals
from shared.step import integer, number, run
from shared.tables import load_model, model_inputs, probabilities, read_table

IMPORTANCE_ROWS = 5000
IMPORTANCE_REPEATS = 2
LEAST_OF_EACH = 10  # defaults, and repaid loans, that a group must have for its scores to mean anything


def parser() -> ArgumentParser:
    about = __doc__.splitlines()[0]
    parser = ArgumentParser(prog="evaluate", usage=SUPPRESS, description=about, allow_abbrev=False)
    parser.add_argument("--model", type=Path, required=True, help="folder of the MLflow model")
    parser.add_argument(
        "--test_data", type=Path, required=True, help="folder with test.parquet and data.json"
    )
    parser.add_argument("--schema", type=Path, required=True, help="the data contract")
    parser.add_argument(
        "--threshold", type=number(0, 1), default=0.5, help="probability that counts as default"
    )
    parser.add_argument("--missed_default_cost", type=number(0, 1e9), default=5, help="of one not flagged")
    parser.add_argument("--false_alarm_cost", type=number(0, 1e9), default=1, help="of one flagged in vain")
    parser.add_argument("--min_group_size", type=integer(1, 2**31), default=100, help="rows of a group")
    parser.add_argument("--report", type=Path, required=True, help="folder to write the report to")
    return parser


def groups_by(values: pd.Series, column: Column) -> dict[str, np.ndarray]:
    """Return which rows belong to each group of a sensitive column, in the order of its bands or values."""
    if column.bands:
        edges = [f"{edge:g}" for edge in column.bands]
        between = [f"{low} up to {high}" for low, high in pairwise(edges)]
        labels = [f"under {edges[0]}", *between, f"{edges[-1]} and over"]
        names = pd.cut(values, [-np.inf, *column.bands, np.inf], right=False, labels=labels).astype(object)
    else:
        labels = list(column.values.values()) or sorted(map(str, values.dropna().unique()))
        names = values.map(lambda value: column.values.get(value, str(value)), na_action="ignore")
    names = names.where(values.notna(), "missing")
    return {label: (names == label).to_numpy() for label in [*labels, "missing"] if (names == label).any()}


def score_groups(args: Namespace, contract: Contract, clients: pd.DataFrame, probability: np.ndarray) -> dict:
    """Return rows, rates and scores by column and group; a group that is too small has no scores."""
    target = clients[contract.target.name].to_numpy()
    groups: dict[str, dict[str, dict[str, float]]] = {}
    for column in contract.sensitive:
        for name, rows in groups_by(clients[column.name], column).items():
            facts = groups.setdefault(column.name, {})[name] = {"rows": int(rows.sum())}
            defaults = int(target[rows].sum())
            if rows.sum() < args.min_group_size or min(defaults, rows.sum() - defaults) < LEAST_OF_EACH:
                continue
            scores = with_intervals(Ranked(target[rows], probability[rows], args.threshold), int(rows.sum()))
            facts["target_rate"] = defaults / facts["rows"]
            facts["flagged_rate"] = float((probability[rows] >= args.threshold).mean())
            facts["roc_auc"], facts["roc_auc_low"], facts["roc_auc_high"] = scores["roc_auc"]
            facts["recall"] = scores["recall"][0]
            facts["false_positive_rate"] = scores["false_positive_rate"][0]
    return groups


def largest_gap(groups: dict) -> float:
    """Return the largest difference in ROC AUC between two groups of one column that is not chance.

    That is the distance between their 95 % intervals: 0 where they overlap.
    """
    gaps = [0.0]
    for names in groups.values():
        scored = [facts for facts in names.values() if "roc_auc" in facts]
        gaps += [best["roc_auc_low"] - worst["roc_auc_high"] for best in scored for worst in scored]
    return max(gaps)


def costs(args: Namespace, target: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """Return the cost of both errors per client, at the threshold and at the best of these test rows."""
    thresholds = np.unique(np.append(np.quantile(probability, np.linspace(0, 1, 201)), args.threshold))

    def cost(threshold: float) -> float:
        flagged = probability >= threshold
        missed, alarms = (~flagged & (target == 1)).mean(), (flagged & (target == 0)).mean()
        return float(args.missed_default_cost * missed + args.false_alarm_cost * alarms)

    best = min(thresholds, key=cost)
    return {
        "cost_per_client": cost(args.threshold),
        "best_threshold": float(best),
        "best_cost_per_client": cost(best),
    }


def importances(estimator, features: pd.DataFrame, target: pd.Series) -> dict[str, float]:
    """Return how much ROC AUC is lost when a column is shuffled, the most important first."""
    from sklearn.inspection import permutation_importance

    rows = np.random.default_rng(0).permutation(len(features))[:IMPORTANCE_ROWS]
    result = permutation_importance(
        estimator,
        features.iloc[rows],
        target.iloc[rows],
        scoring="roc_auc",
        n_repeats=IMPORTANCE_REPEATS,
        random_state=0,
    )
    lost = {name: float(mean) for name, mean in zip(features, result.importances_mean, strict=True)}
    return dict(sorted(lost.items(), key=lambda item: -item[1]))


def build_report(
    args: Namespace, contract: Contract, model, clients: pd.DataFrame
) -> tuple[dict, np.ndarray]:
    probability = probabilities(model, clients)
    target = clients[contract.target.name].to_numpy()
    groups = score_groups(args, contract, clients, probability)
    report = {
        "data": json.loads((args.test_data / "data.json").read_text(encoding="utf-8")),
        "settings": {
            name: getattr(args, name)
            for name in ("threshold", "missed_default_cost", "false_alarm_cost", "min_group_size")
        },
        "scores": {
            name: {"value": value, "low": low, "high": high}
            for name, (value, low, high) in with_intervals(
                Ranked(target, probability, args.threshold), len(target)
            ).items()
        },
        "costs": costs(args, target, probability),
        "groups": groups,
        "group_gap": largest_gap(groups),
        "importance_rows": min(IMPORTANCE_ROWS, len(clients)),
        "importance": importances(
            model.get_raw_model(), model_inputs(model, clients), clients[contract.target.name]
        ),
    }
    return report, probability


def metrics_of(report: dict) -> dict[str, float]:
    """Return every number of the report under the name it is logged by."""
    found = {"group_gap": report["group_gap"], **report["costs"]}
    for name, score in report["scores"].items():
        found |= {name: score["value"], f"{name}_low": score["low"], f"{name}_high": score["high"]}
    for column, groups in report["groups"].items():
        for group, facts in groups.items():
            found |= {f"group/{column}/{group}/{name}": value for name, value in facts.items()}
    return found | {f"importance/{column}": value for column, value in report["importance"].items()}


def evaluate(args: Namespace) -> None:
    contract = read_contract(args.schema)
    clients = read_table(args.test_data / "test.parquet", contract)
    import mlflow
    from drawing import draw
    from model_card import model_card
    from threadpoolctl import threadpool_limits

    model = load_model(args.model)
    with mlflow.start_run(), threadpool_limits(1):
        report, probability = build_report(args, contract, model, clients)
        (args.report / "plots").mkdir(parents=True, exist_ok=True)
        target = clients[contract.target.name]
        predictions = {contract.identifier.name: clients[contract.identifier.name], "target": target}
        pd.DataFrame({**predictions, "probability": probability}).to_parquet(
            args.report / "predictions.parquet"
        )
        (args.report / "report.json").write_text(json.dumps(report, indent=2), encoding="utf-8")
        (args.report / "model_card.md").write_text(model_card(report), encoding="utf-8")
        draw(report, target.to_numpy(), probability, args.report / "plots")
        mlflow.log_params(report["settings"])
        mlflow.log_metrics(metrics_of(report))
        mlflow.log_artifacts(str(args.report), "report")
    for name, score in report["scores"].items():
        print(f"{name:20} {score['value']:.4f}  ({score['low']:.4f} to {score['high']:.4f})")


if __name__ == "__main__":
    sys.exit(run(evaluate, parser().parse_args()))
