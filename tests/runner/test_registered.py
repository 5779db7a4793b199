"""What one pipeline registers, the next can use: outputs with a name, and models of MLflow's registry."""

import pytest
from azml.runner.data.files import remove
from checkout import Checkout, job

CLEAN = {"type": "uri_folder", "name": "clean"}
REGISTER = """
import os, sys
from pathlib import Path
from mlflow import MlflowClient

model = Path(sys.argv[1])
model.mkdir()
(model / "MLmodel").write_text("from the registry")
client = MlflowClient()
client.create_registered_model("scorer")
run = client.get_run(os.environ["MLFLOW_RUN_ID"]).info
client.log_artifacts(run.run_id, str(model), "model")
client.create_model_version("scorer", f"{run.artifact_uri}/model", run.run_id)
"""


def writes(text: str, **output: object) -> dict:
    """Return a step that writes a text to a file in its output, or to the output itself."""
    place = "${{outputs.out}}" if output["type"] == "uri_file" else "${{outputs.out}}/x"
    return job(f"echo {text} > {place}") | {"outputs": {"out": output}}


def reads(path: str, kind: str = "uri_folder") -> dict:
    shown = "cat ${{inputs.x}}" if kind == "uri_file" else "cat ${{inputs.x}}/*"
    return job(f"{shown} > ${{{{outputs.out}}}}", "out") | {"inputs": {"x": {"type": kind, "path": path}}}


def read(checkout: Checkout, path: str, kind: str = "uri_folder") -> str:
    checkout.write("next/pipeline.yml", {"type": "pipeline", "jobs": {"a": reads(path, kind)}})
    return checkout.run("next/pipeline.yml").output("a")


def test_versions_of_an_output(checkout: Checkout) -> None:
    for text in ("one", "two"):
        checkout.pipeline({"a": writes(text, **CLEAN)})
        done = checkout.run()
    assert "clean v2 registered" in done.out
    assert (
        "registered" not in checkout.run().out.partition("completed in")[2]
    )  # a reused step registers nothing
    remove(checkout.folder / ".local/runs")
    paths = ("azureml:clean:1", "azureml:clean:2", "azureml:clean@latest", "azureml:clean")
    checkout.pipeline({f"a{number}": reads(path) for number, path in enumerate(paths)})
    done = checkout.run()
    assert [done.output(f"a{number}") for number in range(4)] == ["one", "two", "two", "two"]


@pytest.mark.parametrize(
    ("output", "path", "kind"),
    [
        ({"type": "uri_file", "name": "table", "version": "may.1"}, "azureml:table:may.1", "uri_file"),
        ({"type": "mltable", "name": "table", "version": 7}, "azureml:table:7", "mltable"),
        ({"type": "mlflow_model", "name": "scorer"}, "azureml:scorer@latest", "custom_model"),
    ],
)
def test_types_and_names_of_versions(checkout: Checkout, output: dict, path: str, kind: str) -> None:
    checkout.pipeline({"a": writes("one", **output)})
    checkout.run()
    assert read(checkout, path, kind) == "one"


def test_name_at_the_pipeline_and_for_a_reused_step(checkout: Checkout) -> None:
    step = job("echo one > ${{outputs.out}}/x") | {"outputs": {"out": "${{parent.outputs.data}}"}}
    checkout.pipeline({"a": step}, outputs={"data": {"type": "uri_folder"}})
    checkout.run()
    checkout.pipeline({"a": step}, outputs={"data": CLEAN})
    done = checkout.run()
    assert done.steps == {"a": "Reused"} and "clean v1 registered" in done.out
    assert read(checkout, "azureml:clean:1") == "one"


def test_failed_step_registers_nothing(checkout: Checkout) -> None:
    step = writes("one", **CLEAN)
    checkout.pipeline({"a": step | {"command": step["command"] + "; exit 1"}})
    checkout.run(code=1)
    assert not (checkout.folder / ".local/assets").exists()


def test_names_that_a_step_gives_to_the_outputs_of_its_pipeline(checkout: Checkout) -> None:
    """The outermost name counts (azure-ai-ml sends the outputs of every node, ``_io/mixin.py``)."""
    bound = {"type": "uri_folder", "path": "${{parent.outputs.out}}", "name": "inner"}
    inner = {"type": "pipeline", "outputs": {"out": {"type": "uri_folder"}}}
    inner["jobs"] = {"a": job("echo x > ${{outputs.out}}/x") | {"outputs": {"out": bound}}}
    checkout.write("inner.yml", inner)
    outer = {"type": "pipeline", "component": "./inner.yml", "outputs": {"out": CLEAN}}
    checkout.pipeline({"outer": outer})
    assert "clean v1 registered" in checkout.run().out
    assert read(checkout, "azureml:clean:1") == "x"


def test_models_of_mlflow(checkout: Checkout) -> None:
    """A model that a script registers, and an output that is one, are versions of the same name."""
    from mlflow import MlflowClient

    checkout.write("code/register.py", REGISTER)
    model = {"type": "mlflow_model", "name": "scorer"}
    by_script = job("python register.py here", code="./code")
    by_output = writes("two", **model) | {"inputs": {"after": "${{parent.jobs.script.outputs.done}}"}}
    by_script["outputs"] = {"done": {"type": "uri_folder"}}
    checkout.pipeline({"script": by_script, "output": by_output})
    assert "scorer v1 registered · scorer v2 registered" in checkout.run().out
    remove(checkout.folder / ".local/runs")
    assert read(checkout, "azureml:scorer:1", "mlflow_model") == "from the registry"
    assert read(checkout, "azureml:scorer@latest", "mlflow_model") == "two"
    found = MlflowClient(f"sqlite:///{checkout.folder}/.local/mlflow.db").search_model_versions("")
    assert sorted(each.version for each in found) in ([1, 2], ["1", "2"])
    assert "The output 'out' of output, pipeline" in {each.description for each in found}


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("azureml:clean:3", "registered here: azureml:clean:1"),
        ("azureml:claen:1", "did you mean 'clean'?"),
    ],
)
def test_unknown_ones(checkout: Checkout, path: str, hint: str) -> None:
    checkout.pipeline({"a": writes("one", **CLEAN)})
    checkout.run()
    checkout.pipeline({"a": reads(path)})
    said = checkout.run(code=2).err
    assert hint in said and f'add "{path}" = "PATH" to [tool.azml.local]' in said
