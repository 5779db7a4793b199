"""The steps of the shipped pipeline: their modules, the data they are tested on, and what they refuse."""

import importlib.util
import sys
from types import ModuleType

import pytest
import yaml
from layout import ROOT

COMPONENTS = ROOT / "components"
PIPELINE = ROOT / "pipeline.yml"
SAMPLE = ROOT / "data" / "credit_card_synthetic.csv"
SCHEMA = ROOT / "data" / "schema.yml"
REAL = ROOT.parent / "shared" / "data" / "default_of_credit_card_clients.csv"
TARGET = "default payment next month"
needs_real_data = pytest.mark.skipif(not REAL.exists(), reason=f"the real data is not at {REAL}")


def step(name: str) -> ModuleType:
    """Import the script of a component, which finds the shared modules as it does in its snapshot."""
    for folder in (COMPONENTS, COMPONENTS / name):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    specification = importlib.util.spec_from_file_location(f"step_{name}", COMPONENTS / name / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def step_running(name: str) -> str:
    """Return what the pipeline calls its step with this component."""
    jobs = yaml.safe_load(PIPELINE.read_text(encoding="utf-8"))["jobs"]
    path = f"components/{name}/{name}.yml"
    return next(step for step, job in jobs.items() if job.get("component", "").removeprefix("./") == path)


def refused(
    module: ModuleType,
    name: str,
    arguments: list[str],
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """Return what a step says as it refuses its input, without the prefix that every line has."""
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments])
    try:
        code = module.run(getattr(module, name), module.parser().parse_args())
    except SystemExit as stop:
        code = stop.code
    error = capsys.readouterr().err
    assert code == 2, error
    assert all(line.startswith(f"{name}: ") for line in error.splitlines())
    return error
