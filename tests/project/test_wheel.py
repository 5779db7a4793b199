"""The wheel in a new environment, away from this repository: what `pip install azml` gives."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from layout import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
UV = shutil.which("uv", path=Path(sys.executable).parent) or "uv"
PIPELINE = """\
type: pipeline
inputs: {text: hello}
jobs:
  greet:
    type: command
    command: python -c "print('${{inputs.text}}')" > ${{outputs.greeting}}
    environment: {image: "python:3"}
    compute: azureml:cpu
    inputs: {text: "${{parent.inputs.text}}"}
    outputs: {greeting: {type: uri_file}}
"""


def call(folder: Path, *command: str | Path, code: int = 0) -> str:
    """Run a command there and return what it says."""
    alone = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy: what earlier builds left here must not get into it."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "scripts" / "azml", source / "scripts" / "azml", ignore=ignored)
    isolated = ("--no-build-isolation", "--python", sys.executable)
    call(source, UV, "build", "--quiet", "--wheel", *isolated, "--out-dir", out)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory):
    """Return a function that installs the wheel with an extra in a new environment: its ``bin``."""

    def installed(extra: str = "") -> Path:
        folder = tmp_path_factory.mktemp("environment")
        call(folder, UV, "venv", "--quiet", "--python", sys.executable, folder / "e")
        lock = ROOT / "environment" / "requirements.txt"
        into = ("--python", folder / "e", "--constraint", lock)
        call(folder, UV, "pip", "install", "--quiet", *into, f"azml{extra} @ {wheel.as_uri()}")
        return folder / "e" / ("Scripts" if os.name == "nt" else "bin")

    return installed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a pipeline, outside of any repository."""
    (tmp_path / "pipeline.yml").write_text(PIPELINE, encoding="utf-8")
    return tmp_path


def test_the_validator_alone(install, folder: Path):
    programs = install()
    assert call(folder, programs / "azml", "--version") == f"azml {PROJECT['version']}\n"
    said = json.loads(call(folder, programs / "azml", "validate", "--format", "json", "pipeline.yml"))
    assert said["findings"] == []
    (folder / "pipeline.yml").write_text(PIPELINE.replace("parent.inputs.text", "parent.inputs.txt"))
    assert "[unknown-binding]" in call(folder, programs / "azureml-validate", "pipeline.yml", code=1)
    said = call(folder, programs / "azml", "run", code=2)
    assert "pip install 'azml[run]'" in said and "Traceback" not in said


def test_the_runner_in_another_folder(install, folder: Path, mlflow_store: Path):
    programs = install("[run]")
    (folder / ".local").mkdir()
    shutil.copy(mlflow_store, folder / ".local")
    call(folder, programs / "azml", "run", "pipeline.yml", "--set", "inputs.text=world")
    assert [path.read_text() for path in folder.glob(".local/runs/*/greet/outputs/greeting")] == ["world\n"]
    assert {path.name for path in folder.iterdir()} == {".local", "pipeline.yml"}
