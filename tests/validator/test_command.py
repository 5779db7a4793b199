"""The command as people run it: paths, exit codes, formats, and which findings it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from azml.cli import main
from layout import PROJECTS, ROOT

CHURN = PROJECTS / "churn"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the churn project in a repository of its own, made the current folder."""
    for path in CHURN.rglob("*"):
        if path.is_file():
            (tmp_path / path.relative_to(CHURN)).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path.relative_to(CHURN)).write_bytes(path.read_bytes())
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def lines(capfd: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capfd.readouterr().out.splitlines() if re.match(r"\S+:\d+:\d+: ", line)]


def test_script_runs_on_this_repository_without_a_finding():
    command = [sys.executable, ROOT / "scripts" / "validate.py"]
    done = subprocess.run(command, cwd=ROOT / "components", text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+ specs, no findings\n", done.stdout)


@pytest.mark.parametrize(
    ("old", "new", "status", "closing"),
    [
        ("", "", 0, "5 specs, no findings"),
        ("  share: 0.2", "  share: 0.2\n  spare: 1", 0, "5 specs: 0 errors, 1 warning"),
        (
            "experiment_name",
            "experimentname",
            1,
            "5 specs: 1 error, 0 warnings (1 fixable with --unsafe-fixes)",
        ),
    ],
    ids=["clean", "warnings alone", "an error"],
)
def test_exit_status_and_closing_line(project, capfd, old, new, status, closing):
    if old:
        edit(project / "pipeline.yml", old, new)
    assert main(["validate"]) == status
    assert capfd.readouterr().out.splitlines()[-1] == closing


def test_missing_path_is_status_2(project, capfd):
    assert main(["validate", "pipelin.yml"]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == "azml: pipelin.yml: no such file or folder\n"


def test_nothing_to_check_is_said(project, capfd):
    assert main(["validate", "environment/conda.yml", "report"]) == 0
    assert capfd.readouterr().out == "nothing to check: no Azure ML specs here\n"


def test_an_empty_file_is_no_job_when_it_is_asked_about(project, capfd):
    (project / "new.yml").write_text("# to be written\n")
    assert main(["validate", "new.yml"]) == 1
    assert capfd.readouterr().out.startswith("new.yml:1:1: error: the file is empty; expected a job")
    assert main(["validate", "."]) == 0, "of an unknown name among others, it may be anything"


def test_a_hidden_folder_is_checked_when_it_is_named(project, capfd):
    (project / ".jobs").mkdir()
    (project / ".jobs" / "job.yml").write_text("type: command\ncommand: ls\nenvironmnt: azureml:e:1\n")
    assert main(["validate", ".jobs"]) == 1
    assert "'environmnt'" in capfd.readouterr().out


def test_text_shows_the_line_and_a_caret(project, capfd):
    edit(project / "pipeline.yml", "${{parent.inputs.trees}}", "${{ parent.inputs.tree }}")
    assert main(["validate", "pipeline.yml"]) == 1
    assert capfd.readouterr().out.splitlines()[:3] == [
        "pipeline.yml:33:14: error: the pipeline has no input 'tree'; did you mean 'trees'?"
        " [unknown-binding]",
        "    trees: ${{ parent.inputs.tree }}",
        "           ^^^^^^^^^^^^^^^^^^^^^^^^^",
    ]


def test_changed_component_shows_what_it_breaks_in_pipelines(project, capfd):
    edit(project / "components/train.yml", "  trees:\n", "  number_of_trees:\n")
    edit(project / "components/train.yml", "${{inputs.trees}}", "${{inputs.number_of_trees}}")
    edit(project / "pipeline.yml", "experiment_name", "experimentname")
    assert main(["validate", "components/train.yml"]) == 1
    assert [line.partition(" error")[0] for line in lines(capfd)] == ["pipeline.yml:33:7:"]


def test_changed_script_shows_what_it_breaks_in_components(project, capfd):
    edit(project / "components/train/train.py", '"--criterion"', '"--measure"')
    assert main(["validate", "components/train/train.py"]) == 1
    assert lines(capfd)[0].startswith("components/train.yml:28:3: error: ")


def test_changed_conda_file_shows_which_script_lacks_a_package(project, capfd):
    """Its users are environments, and theirs are the components whose scripts it is for."""
    (project / "components/train/train.py").write_text("import xgboost\n", encoding="utf-8")
    assert main(["validate", "environment/conda.yml"]) == 1
    (found,) = lines(capfd)
    assert found.startswith("environment/conda.yml:") and "train.py imports xgboost" in found


def test_given_pipeline_shows_findings_in_what_it_refers_to(project, capfd):
    edit(project / "environment/environment.yml", "conda_file", "conda_fil")
    assert main(["validate", "pipeline.yml"]) == 1
    assert [line.partition(" error")[0] for line in lines(capfd)] == ["environment/environment.yml:5:1:"]


def test_given_pipeline_shows_that_its_component_is_no_yaml(project, capfd):
    edit(project / "components/train.yml", "$schema: https", "\tschema: https")
    assert main(["validate", "pipeline.yml"]) == 1
    assert [line.partition(" error")[0] for line in lines(capfd)] == ["components/train.yml:1:1:"]


def test_colour_only_on_a_terminal(project):
    edit(project / "pipeline.yml", "experiment_name", "experimentname")
    assert "\033[31m" in on_terminal(project, {})
    assert "\033[" not in on_terminal(project, {"NO_COLOR": "1"})
    on_terminal(project, {}, "--output", "report.txt")
    text = (project / "report.txt").read_text()
    assert "[unknown-key]" in text and "\033" not in text


def on_terminal(folder: Path, variables: dict[str, str], *options: str) -> str:
    """Return what the command writes to a terminal."""
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals on Windows")
    reader, writer = pty.openpty()
    command = [sys.executable, ROOT / "scripts" / "validate.py", *options, "pipeline.yml"]
    subprocess.run(command, cwd=folder, stdout=writer, env=os.environ | variables, timeout=60)
    os.close(writer)
    with open(reader, encoding="utf-8", errors="replace", closefd=True) as terminal:  # noqa: PTH123
        return "" if "--output" in options else terminal.readline()
