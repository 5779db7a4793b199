"""Registers a model if it passes the gate: good enough, no worse than the champion, and alike for all groups.

The champion is the newest registered version with the tag role=champion. Either way the step completes and
writes decision.json; a registry that does not answer fails it, because no answer is not approval.
"""

import hashlib
import json
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from shared.contract import read_contract
from shared.scores import Ranked, resamples
from shared.step import BadInput, model_name, number, run
from shared.tables import load_model, probabilities, read_table

CHAMPION = {"role": "champion"}
CONFIDENCE = 0.95


def parser() -> ArgumentParser:
    about = __doc__.splitlines()[0]
    parser = ArgumentParser(prog="register", usage=SUPPRESS, description=about, allow_abbrev=False)
    parser.add_argument("--model", type=Path, required=True, help="folder of the MLflow model")
    parser.add_argument("--report", type=Path, required=True, help="folder that evaluate wrote")
    parser.add_argument("--test_data", type=Path, required=True, help="folder with test.parquet")
    parser.add_argument("--schema", type=Path, required=True, help="the data contract")
    parser.add_argument("--registered_model_name", type=model_name, default="credit_defaults_model")
    parser.add_argument("--min_roc_auc", type=number(0, 1), default=0.65, help="least ROC AUC")
    parser.add_argument("--max_regression", type=number(0, 1), default=0.01, help="ROC AUC it may lose")
    parser.add_argument("--max_group_gap", type=number(0, 1), default=0.05, help="ROC AUC between groups")
    parser.add_argument("--decision", type=Path, required=True, help="folder to write decision.json to")
    return parser


@dataclass(frozen=True)
class Champion:
    version: str
    tags: dict[str, str]
    probability: np.ndarray | None  # of the test clients; None where it cannot be asked
    problem: str = ""


def digest_of(model: Path) -> str:
    """Return a digest of the model itself: MLmodel has the time of saving and is left out."""
    digest = hashlib.sha256()
    for file in sorted(model.rglob("*")):
        if file.is_file() and file.name != "MLmodel":
            digest.update(file.relative_to(model).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def find_champion(client, name: str, clients: pd.DataFrame) -> Champion | None:
    """Return the champion and what it says about the test clients; raise if the registry does not answer."""
    import mlflow

    try:
        versions = client.search_model_versions(f"name='{name}'")
    except mlflow.MlflowException as error:
        raise BadInput(f"no decision without the registry, which does not answer: {error}"[:500]) from None
    tagged = [version for version in versions if CHAMPION.items() <= version.tags.items()]
    if not tagged:
        return None
    newest = max(tagged, key=lambda version: int(version.version))
    version = str(newest.version)
    model = load_model(f"models:/{name}/{version}")
    try:
        return Champion(version, newest.tags, probabilities(model, clients))
    except BadInput as error:
        return Champion(version, newest.tags, None, str(error))


def regression(target: np.ndarray, challenger: np.ndarray, champion: np.ndarray) -> dict[str, float]:
    """Return how much ROC AUC the challenger loses, and the most it loses with 95 % confidence.

    Both are scored on the same resampled clients (paired bootstrap), so that a sample that is hard for one is
    hard for the other as well.
    """
    new, old = Ranked(target, challenger, 0.5), Ranked(target, champion, 0.5)
    lost = [old.roc_auc(weights) - new.roc_auc(weights) for weights in resamples(len(target))]
    return {
        "champion_roc_auc": old.roc_auc(),
        "lost": old.roc_auc() - new.roc_auc(),
        "lost_at_most": float(np.quantile(lost, CONFIDENCE)),
    }


def judge(args: Namespace, report: dict, challenger: np.ndarray, target: np.ndarray, champion, digest: str):
    """Return the decision and its reasons, as decision.json has them."""
    roc_auc, gap = report["scores"]["roc_auc"]["value"], report["group_gap"]
    compared, reasons = {}, []
    if roc_auc < args.min_roc_auc:
        reasons.append(f"its ROC AUC {roc_auc:.4f} is below min_roc_auc {args.min_roc_auc:g}")
    if gap > args.max_group_gap:
        reasons.append(
            f"ROC AUC differs by {gap:.4f} or more between groups, max_group_gap is {args.max_group_gap:g}"
        )
    if champion and champion.probability is None:
        reasons.append(f"it cannot be compared with version {champion.version}: {champion.problem}")
    elif champion:
        compared = regression(target, challenger, champion.probability)
        if compared["lost_at_most"] > args.max_regression:
            reasons.append(
                f"it may lose {compared['lost_at_most']:.4f} of the ROC AUC of version {champion.version}, "
                f"{compared['champion_roc_auc']:.4f}; max_regression is {args.max_regression:g}"
            )
    known = champion is not None and champion.tags.get("digest") == digest
    return {
        "decision": "unchanged" if known else "rejected" if reasons else "registered",
        "name": args.registered_model_name,
        "version": champion.version if known else None,
        "reasons": [] if known else reasons,
        "champion": champion and champion.version,
        "roc_auc": roc_auc,
        "group_gap": gap,
        **compared,
        "gate": {name: getattr(args, name) for name in ("min_roc_auc", "max_regression", "max_group_gap")},
    }


def create_version(client, args: Namespace, run, tags: dict[str, str], description: str) -> str:
    """Register the model as the champion and return its version.

    Neither `mlflow.sklearn.log_model` nor `mlflow.register_model` can: both ask for logged models, which
    Azure ML's tracking server lacks.
    """
    import mlflow

    mlflow.log_artifacts(str(args.model), artifact_path="model")
    name, source = args.registered_model_name, mlflow.get_artifact_uri("model")
    try:
        client.create_registered_model(name)
    except mlflow.MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    created = client.create_model_version(
        name, source, run.info.run_id, tags=tags | CHAMPION, description=description
    )
    return str(created.version)


def tags_of(client, run, report: dict, digest: str) -> dict[str, str]:
    """Return what is worth knowing about a version: scores, threshold, data, split and commit."""
    scores = {name: f"{score['value']:.4f}" for name, score in report["scores"].items()}
    return scores | {
        "decision": "registered",
        "threshold": f"{report['settings']['threshold']:g}",
        "data": report["data"]["sha256"],
        "split": f"seed {report['data']['seed']}, ratio {report['data']['test_train_ratio']:g}",
        "commit": commit_of(client, run),
        "digest": digest,
    }


def commit_of(client, run) -> str:
    """Return the git commit that the job was submitted from: a tag of the step's run or of the pipeline's."""
    parent = run.data.tags.get("mlflow.parentRunId")
    runs = [run, client.get_run(parent)] if parent else [run]
    commits = [each.data.tags.get("mlflow.source.git.commit") for each in runs]
    return next(filter(None, commits), "unknown")


def describe(report: dict) -> str:
    score = report["scores"]["roc_auc"]
    return (
        f"ROC AUC {score['value']:.4f} ({score['low']:.4f} to {score['high']:.4f}) on "
        f"{report['data']['test_rows']} test clients. The pipeline's report has the model card."
    )


def register(args: Namespace) -> None:
    contract = read_contract(args.schema)
    clients = read_table(args.test_data / "test.parquet", contract)
    report = json.loads((args.report / "report.json").read_text(encoding="utf-8"))
    challenger = pd.read_parquet(args.report / "predictions.parquet")["probability"].to_numpy()
    digest = digest_of(args.model)
    args.decision.mkdir(parents=True, exist_ok=True)
    import mlflow
    from threadpoolctl import threadpool_limits

    client, name = mlflow.MlflowClient(), args.registered_model_name
    with mlflow.start_run() as run, threadpool_limits(1):
        champion = find_champion(client, name, clients)
        target = clients[contract.target.name].to_numpy()
        outcome = judge(args, report, challenger, target, champion, digest)
        if outcome["decision"] == "registered":
            tags = tags_of(client, run, report, digest)
            outcome["version"] = create_version(client, args, run, tags, describe(report))
            if champion:  # two champions for a moment, of which the newest counts; never none
                client.delete_model_version_tag(name, champion.version, "role")
        (args.decision / "decision.json").write_text(json.dumps(outcome, indent=2), encoding="utf-8")
        numbers = {key: value for key, value in outcome.items() if isinstance(value, float)}
        mlflow.log_metrics(numbers)
        note = sentence(outcome)
        mlflow.set_tags({"decision": outcome["decision"], "mlflow.note.content": note})
        mlflow.log_artifact(str(args.decision / "decision.json"))
    print(note)


def sentence(outcome: dict) -> str:
    """Return the decision and the reason for it in one line."""
    name, version = outcome["name"], outcome["version"]
    if outcome["decision"] == "rejected":
        return f"rejected: {'; '.join(outcome['reasons'])}"
    if outcome["decision"] == "unchanged":
        return f"unchanged: {name} version {version} is this model already"
    before = f", in place of version {outcome['champion']}" if outcome["champion"] else ""
    return f"registered: {name}, version {version}{before}"


if __name__ == "__main__":
    sys.exit(run(register, parser().parse_args()))
