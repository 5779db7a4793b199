"""``azml.run`` from Python: what ``azml run`` does, as a result or an exception; and the pytest fixture."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import azml
import pytest
from azml.cli import main
from checkout import LOG_METRIC, Checkout, job
from layout import ROOT


@pytest.fixture
def project(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Return a checkout with a pipeline, made the current folder."""
    command = f"echo ${{{{inputs.x}}}} > ${{{{outputs.out}}}}; {LOG_METRIC} score ${{{{inputs.x}}}}"
    step = job(command, "out", inputs={"x": "${{parent.inputs.x}}"})
    step["outputs"] = {"out": "${{parent.outputs.result}}"}
    after = job("cat ${{inputs.y}}", inputs={"y": "${{parent.jobs.a.outputs.out}}"})
    checkout.pipeline(
        {"a": step, "b": after},
        inputs={"x": 1},
        outputs={"result": {"type": "uri_file"}},
        settings={"default_compute": "azureml:cpu"},
    )
    monkeypatch.chdir(checkout.folder)
    return checkout


def test_result(project: Checkout, capfd: pytest.CaptureFixture):
    result = azml.run("pipeline.yml", set={"inputs.x": 0.5})
    assert result.status == "Completed" and result.metrics == {"score": 0.5}
    assert result.outputs["result"].read_text(encoding="utf-8") == "0.5\n"
    a, b = result.steps["a"], result.steps["b"]
    assert (a.status, a.metrics, a.params) == ("Completed", {"score": 0.5}, {"x": "0.5"})
    assert list(a.outputs) == ["out"] and b.outputs == {}
    assert b.log.read_text(encoding="utf-8") == "0.5\n"
    assert (result.folder / "run.json").exists()
    again = azml.run(Path("pipeline.yml"), set={"inputs.x": 0.5}, step="b")
    assert {name: step.status for name, step in again.steps.items()} == {"b": "Reused"}
    assert capfd.readouterr() == ("", "")


def test_refusal_says_what_the_command_says(project: Checkout, capfd: pytest.CaptureFixture):
    with pytest.raises(azml.RunError, match="there is no 'input' here; did you mean 'inputs'") as caught:
        azml.run("pipeline.yml", set={"input.x": 1})
    assert caught.value.result is None
    project.write("pipeline.yml", {"type": "pipeline", "jobs": {"a": {"type": "comand"}}})
    assert main(["run"]) == 2
    said = capfd.readouterr().err
    with pytest.raises(azml.RunError) as caught:
        azml.run("pipeline.yml")
    assert str(caught.value) == said.strip()
    with pytest.raises(azml.RunError, match="there is no step type 'comand'"):
        azml.run("pipeline.yml", validate=False)


def test_failure_says_what_the_command_says(project: Checkout):
    with pytest.raises(azml.RunError) as caught:
        azml.run("pipeline.yml", set={"jobs.b.command": "echo no >&2; exit 3"})
    text, result = str(caught.value), caught.value.result
    assert text.startswith("b failed: exit code 3\n  | no\n")
    assert "✗ failed in" in text and "\x1b" not in text
    assert result.status == "Failed" and result.steps["b"].status == "Failed"
    assert result.steps["a"].metrics == {"score": 1.0}


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import azml, sys; print('azml.api' in sys.modules, 'rich' in sys.modules)", "False False"),
        (
            "import sys; sys.modules['rich'] = None\nimport azml\n"
            "try: azml.run('pipeline.yml')\nexcept ImportError as error: print(error)",
            "azml.run: rich is not installed; the runner needs: pip install 'azml[run]'",
        ),
        ("import azml\ntry: azml.rum\nexcept AttributeError as error: print(error)", "no attribute 'rum'"),
    ],
    ids=["import is light", "without the extra", "misspelt"],
)
def test_import(tmp_path: Path, program: str, said: str):
    variables = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=variables, capture_output=True, text=True
    )
    assert said in done.stdout, done.stderr


TESTS = """
import azml, pytest

def test_pipeline(azml_run):
    assert azml_run("pipeline.yml", set={"inputs.x": 2}).metrics == {"score": 2}

def test_failing_pipeline(azml_run):
    with pytest.raises(azml.RunError, match="a failed: exit code 7"):
        azml_run("pipeline.yml", set={"jobs.a.command": "exit 7"})
"""


def test_fixture_for_pytest(project: Checkout, new_checkout):
    home = new_checkout().folder
    project.write("test_it.py", TESTS)
    fixture = f"@pytest.fixture(scope='session')\ndef azml_home(): return pathlib.Path({str(home)!r})\n"
    project.write("conftest.py", f"import pathlib, pytest\n{fixture}")
    variables = os.environ | {"PYTHONPATH": str(ROOT / "scripts"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "azml.pytest_plugin", "--rootdir=."]
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert len(list((home / ".local/runs").iterdir())) == 2
    assert not (project.folder / ".local/runs").exists()


def test_fixture_is_a_plugin_of_pytest():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"azml": "azml.pytest_plugin"}
