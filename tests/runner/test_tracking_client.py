"""The same runs through MLflow's client, as on a store of a revision that the runner does not know."""

import contextlib
import io
from pathlib import Path

import pytest
from azml.cli import main
from azml.runner.tracking import store as tracking
from checkout import LOG_METRIC, Checkout, Done, job
from mlflow import MlflowClient


def run(checkout: Checkout, *arguments: str) -> Done:
    with contextlib.chdir(checkout.folder), contextlib.redirect_stdout(io.StringIO()) as out:
        code = main(["run", "--no-validate", *arguments])
    done = checkout.done(out.getvalue())
    assert code == (1 if "Failed" in done.steps.values() else 0), out.getvalue()
    return done


@pytest.mark.parametrize("revisions", [tracking.TESTED_REVISIONS, ()], ids=["tables", "client"])
def test_both_ways_record_the_same(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, revisions: tuple[str, ...]
) -> None:
    monkeypatch.setattr(tracking, "TESTED_REVISIONS", revisions)
    sweep = {
        "type": "sweep",
        "trial": {
            "command": f"{LOG_METRIC} loss ${{{{inputs.x}}}}",
            "environment": {"image": "i"},
            "inputs": {"x": {"type": "number"}},
        },
        "search_space": {"x": {"type": "choice", "values": [2, 1]}},
        "sampling_algorithm": "grid",
        "objective": {"goal": "minimize", "primary_metric": "loss"},
        "limits": {"max_total_trials": 2},
    }
    score = job(
        f"{LOG_METRIC} score 1 score 2; echo x > outputs/x", inputs={"rate": "${{parent.inputs.rate}}"}
    )
    checkout.pipeline(
        {"score": score, "tune": sweep, "bad": job("exit 1")},
        experiment_name="e",
        display_name="all",
        inputs={"rate": 0.5},
        tags={"team": "x"},
    )
    assert run(checkout).steps == {"score": "Completed", "tune": "Completed", "bad": "Failed"}
    client = MlflowClient(f"sqlite:///{checkout.folder}/.local/mlflow.db")
    experiment = client.get_experiment_by_name("e")
    (scored,) = client.search_runs([experiment.experiment_id], "attributes.run_name = 'score'")
    client.set_tag(scored.info.run_id, "mlflow.note.content", "rejected: too low\nmore of it")
    again = run(checkout)
    assert again.steps == {"score": "Reused", "tune": "Reused", "bad": "Failed"}
    assert "\n  score      rejected: too low\n" in again.out and "more of it" not in again.out
    found = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time"])
    names = {each.info.run_id: each.info.run_name for each in found}
    rows = [
        (
            each.info.run_name,
            each.info.status,
            names.get(each.data.tags.get("mlflow.parentRunId", ""), ""),
            each.data.params,
            each.data.metrics,
            [item.path for item in client.list_artifacts(each.info.run_id)],
        )
        for each in found
    ]
    score_row = ("score", "FINISHED", "all", {"rate": "0.5"}, {"score": 2.0}, ["outputs", "user_logs"])
    tune_row = ("tune", "FINISHED", "all", {"x": "1"}, {"loss": 1.0}, ["user_logs"])
    bad_row = ("bad", "FAILED", "all", {}, {}, ["user_logs"])
    trials = [
        ("tune.0", "FINISHED", "tune", {"x": "2"}, {"loss": 2.0}, ["user_logs"]),
        ("tune.1", "FINISHED", "tune", {"x": "1"}, {"loss": 1.0}, ["user_logs"]),
    ]
    pipeline = ("all", "FAILED", "", {"rate": "0.5"}, {"score": 2.0, "loss": 1.0}, [])
    assert sorted(rows, key=str) == sorted([pipeline, score_row, tune_row, bad_row] * 2 + trials, key=str)
    assert client.get_run(found[0].info.run_id).data.tags["team"] == "x"


@pytest.mark.parametrize("revisions", [tracking.TESTED_REVISIONS, ()], ids=["tables", "client"])
def test_pipeline_s_own_run_tells_what_came_of_it(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, revisions: tuple[str, ...]
) -> None:
    monkeypatch.setattr(tracking, "TESTED_REVISIONS", revisions)
    checkout.write("data.csv", "1\n")
    inputs = {"rate": "${{parent.inputs.rate}}", "rows": "${{parent.inputs.rows}}"}
    command = f"{LOG_METRIC} score ${{{{inputs.rate}}}}; python tool.py; cat ${{{{inputs.rows}}}}"
    checkout.pipeline(
        {"a": job(command, inputs=inputs, code="./src")},
        experiment_name="e",
        display_name="All of it",
        description="What it is for.",
        inputs={"rate": 1, "rows": {"type": "uri_file", "path": "./data.csv"}},
    )
    for text, changes in {"1": [], "2": [], "3": ["inputs.rate=0.5", "tags.by=me"]}.items():
        checkout.write("src/tool.py", f"print({text})")
        run(checkout, *(["--set", *changes] if changes else []))
    client = MlflowClient(f"sqlite:///{checkout.folder}/.local/mlflow.db")
    runs = client.search_runs([client.get_experiment_by_name("e").experiment_id], order_by=["start_time"])
    first, second, third = [each for each in runs if each.info.run_name != "a"]
    titles = ["All of it", "a: code tool.py · All of it", "rate=0.5 · All of it"]
    assert [each.info.run_name for each in (first, second, third)] == titles
    assert third.data.tags["mlflow.runName"] == titles[2] and third.data.metrics == {"score": 0.5}
    (given,) = third.inputs.dataset_inputs
    assert (given.dataset.name, given.tags[0].value) == ("data.csv", "rows")
    assert given.dataset.digest == first.inputs.dataset_inputs[0].dataset.digest
    note = third.data.tags["mlflow.note.content"]
    assert note.startswith("What it is for.\n\n**✓ completed in ") and "| a | Completed | " in note
    assert "changed: code tool.py; input rate |" in note and "Set: `inputs.rate=0.5 tags.by=me`" in note


def test_client_closes_what_a_killed_runner_left(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tracking.open_tracking(checkout.folder / ".local")
    monkeypatch.setattr(tracking, "TESTED_REVISIONS", ())
    checkout.pipeline({"a": job("true")}, experiment_name="e")
    number = left.experiment("e")
    gone = {tracking.FOLDER_TAG: str(Path("/nowhere/at/all"))}
    dead = left.start(number, "dead", gone, {})
    run(checkout)
    assert MlflowClient(left.uri).get_run(dead).info.status == "FAILED"


def test_client_restores_a_deleted_experiment(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "TESTED_REVISIONS", ())
    checkout.pipeline({"a": job("true")}, experiment_name="e")
    run(checkout)
    client = MlflowClient(f"sqlite:///{checkout.folder}/.local/mlflow.db")
    client.delete_experiment(client.get_experiment_by_name("e").experiment_id)
    run(checkout)
    assert client.get_experiment_by_name("e").lifecycle_stage == "active"
