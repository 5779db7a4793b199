"""Shapes met in other people's pipelines, as small pipelines of our own."""

from collections.abc import Callable

import pytest
from checkout import LOG_METRIC, Checkout, Done, job

ECHO = {
    "type": "command",
    "name": "echo",
    "version": "1",
    "inputs": {"text": {"type": "string", "default": "default"}},
    "outputs": {"out": {"type": "uri_file"}},
    "environment": {"image": "python:3"},
    "command": "echo ${{inputs.text}} > ${{outputs.out}}",
}


@pytest.fixture(scope="module")
def run(new_checkout: Callable[..., Checkout]) -> Done:
    checkout = new_checkout()
    checkout.write("echo.yml", ECHO)
    typed_above = {"out": "${{parent.outputs.file}}"}
    long_form = {"out": {"mode": "upload", "path": "${{parent.outputs.folder}}"}}
    checkout.pipeline(
        {
            "undeclared": {"type": "command", "component": "./echo.yml", "inputs": {"txt": "given"}},
            "file": job("echo file > ${{outputs.out}}") | {"outputs": typed_above},
            "folder": job("echo folder > ${{outputs.out}}/in") | {"outputs": long_form},
            "silent": job("echo kept > outputs/kept.txt") | {"outputs": {"artifacts": None}},
            "talking": job("echo own > ${{outputs.artifacts}}/own.txt") | {"outputs": {"artifacts": None}},
            "reader": job(
                "cat ${{inputs.silent}}/outputs/kept.txt > ${{outputs.out}} && ls ${{inputs.talking}}",
                "out",
                inputs={
                    "silent": "${{parent.jobs.silent.outputs.artifacts}}",
                    "talking": "${{parent.jobs.talking.outputs.artifacts}}",
                },
            ),
        },
        outputs={"file": {"type": "uri_file"}, "folder": {"type": "uri_folder"}},
    )
    return checkout.run()


def test_an_input_that_the_component_lacks_is_left_out_and_said(run: Done) -> None:
    assert run.output("undeclared") == "default"
    assert "pipeline.yml:12:7: warning: left out: the component has no input 'txt'" in run.err


def test_an_inline_output_has_the_type_of_the_pipeline_output(run: Done) -> None:
    assert (run.folder / "outputs/file").read_text() == "file\n"
    assert (run.folder / "outputs/folder/in").read_text() == "folder\n"


def test_an_output_named_artifacts_holds_the_run_s_artifacts(run: Done) -> None:
    assert run.output("reader") == "kept"
    assert (run.folder / "silent/outputs/artifacts/user_logs/std_log.txt").exists()


def test_a_command_may_write_its_output_named_artifacts_itself(run: Done) -> None:
    assert run.log("reader") == "own.txt\n"


@pytest.mark.parametrize(
    "content",
    [
        {"$schema": "https://azuremlschemas.azureedge.net/promptflow/latest/Flow.schema.json", "nodes": []},
        {"nodes": [{"name": "ask", "type": "llm"}]},
        {"name": "numbers", "type": "uri_folder", "path": "."},
    ],
    ids=["prompt flow", "flow without a schema", "data asset"],
)
def test_a_step_whose_file_is_no_component_is_refused(checkout: Checkout, content: dict) -> None:
    checkout.write("other.yml", content)
    checkout.pipeline({"a": {"type": "command", "component": "./other.yml"}})
    assert "pipeline.yml:5:16: error: ./other.yml is not a component that can run here" in checkout.refused()


def test_a_metric_of_another_name_is_named(checkout: Checkout) -> None:
    checkout.write(
        "sweep.yml",
        {
            "type": "sweep",
            "trial": {"command": f"{LOG_METRIC} training_roc_auc 1", "environment": {"image": "python:3"}},
            "search_space": {"rate": {"type": "choice", "values": [1]}},
            "sampling_algorithm": "grid",
            "objective": {"goal": "maximize", "primary_metric": "training_roc_auc_score"},
            "limits": {"max_total_trials": 1},
        },
    )
    done = checkout.run("sweep.yml", code=1)
    assert "'training_roc_auc_score'; did you mean 'training_roc_auc'?" in done.out
    assert "sweep/trials/0/logs/std_log.txt" in done.out
