"""A folder with specs in it, and the command that runs them there."""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from azml.cli import main
from layout import ROOT
from warm import warm

RUN_LOCAL = ROOT / "scripts" / "run_local.py"
# Logs a metric as a step's own MLflow would, without the two seconds that importing it takes.
LOG_METRIC = f"python '{Path(__file__).parent / 'log_metric.py'}'"


@dataclass
class Done:
    """How a run ended; ``folder`` is the run's, ``steps`` the status of each step."""

    out: str
    err: str
    folder: Path = Path()
    steps: dict[str, str] = field(default_factory=dict)

    def output(self, step: str, name: str = "out") -> str:
        """Return the text that a step left in an output that is a single file."""
        return (self.folder / step / "outputs" / name).read_text(encoding="utf-8").rstrip("\n")

    def log(self, step: str) -> str:
        """Return the log of a step."""
        return (self.folder / step / "logs" / "std_log.txt").read_text(encoding="utf-8")


@dataclass
class Checkout:
    """The folder that ``run_local.py`` is called in."""

    folder: Path

    def write(self, name: str, content: str | dict) -> Path:
        """Write a file, a mapping as YAML."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        path.write_text(text, encoding="utf-8")
        return path

    def pipeline(self, jobs: dict, **more: object) -> None:
        """Write ``pipeline.yml``."""
        self.write("pipeline.yml", {"type": "pipeline", **more, "jobs": jobs})

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen:
        """Start the runner by itself, without the validator's verdict on what it is given."""
        return subprocess.Popen(
            [sys.executable, RUN_LOCAL, "--no-validate", *arguments],
            cwd=self.folder,
            env=_environment() | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *arguments: str, code: int = 0, **variables: str) -> Done:
        """Run the command to its end; fail unless it exits with ``code``."""
        given, environment = ["run", "--no-validate", *arguments], _environment() | variables
        with tempfile.TemporaryDirectory() as output:
            status = warm().run(given, self.folder, environment, Path(output))
            out, err = ((Path(output) / name).read_text(encoding="utf-8") for name in ("out", "err"))
        assert status == code, f"exit code {status}\n{out}\n{err}"
        assert "Traceback" not in err
        return self.done(out, err)

    def refused(self, *arguments: str) -> str:
        """Return what the command says as it refuses to start; in this process, for the sake of time."""
        with chdir(self.folder), redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            assert main(["run", "--no-validate", *arguments]) == 2, err.getvalue()
        assert out.getvalue() == "" and not (self.folder / ".local/runs").exists()
        return err.getvalue()

    def plan(self, *arguments: str) -> str:
        """Return what ``--plan`` says; in this process, for the sake of time."""
        with chdir(self.folder), redirect_stdout(io.StringIO()) as out:
            assert main(["run", "--no-validate", "--plan", *arguments]) == 0
        return out.getvalue()

    def done(self, out: str, err: str = "") -> Done:
        """Return what a run that has ended left behind."""
        named = re.search(r"^run (.*)$", out, re.MULTILINE)
        if not named:
            return Done(out, err)
        folder = self.folder / named[1]
        summary = folder / "run.json"
        steps = json.loads(summary.read_text(encoding="utf-8"))["steps"] if summary.exists() else {}
        return Done(out, err, folder, {name: each["status"] for name, each in steps.items()})


def _environment() -> dict[str, str]:
    return {name: each for name, each in os.environ.items() if not name.startswith("MLFLOW_")}


def job(command: str, *outputs: str, inputs: dict | None = None, **more: object) -> dict:
    """Return an inline command job; ``outputs`` are single files."""
    return {
        "type": "command",
        "command": command,
        "environment": {"image": "python:3"},
        "inputs": inputs or {},
        "outputs": {name: {"type": "uri_file"} for name in outputs},
        **more,
    }
