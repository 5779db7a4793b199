"""The output formats: what programs and build systems are told, and what a value cannot make them do."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from azml.cli import main
from azml.validator import about
from azml.validator.output import FORMATS

JOB = """\
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
settings: {default_compute: azureml:cpu}
jobs:
  train:
    component: ./train.yml
    inputs:
      rat: 0.1
"""
COMPONENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
name: train
version: 1
type: command
inputs:
  rate: {type: number, default: 0.5}
command: echo ${{inputs.rate}}
environment: azureml:e:1
"""
# What the logs of GitHub and Azure DevOps take for a command, each in a line of its own.
COMMAND = re.compile(r"^\s*::|##\[|##vso\[", re.IGNORECASE | re.MULTILINE)
ATTACKS = [
    "::error::pwned",
    " \\t::set-output name=a::b",
    "a\\n::error::pwned",
    "a\\r::error::pwned",
    "a%0A::error::pwned",
    "##vso[task.setvariable variable=PATH]/tmp",
    "##VSO[task.complete result=Succeeded;]",
    "##[error]pwned",
    "a]##vso[task.debug]x",
    "\\e]0;title\\a\\e[2J",
    "\\u202e::error",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with a pipeline that has one error, made the current folder."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "pipeline.yml").write_text(JOB, encoding="utf-8")
    (tmp_path / "jobs" / "train.yml").write_text(COMPONENT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return tmp_path


@pytest.fixture
def report(capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that validates and returns the standard output."""

    def run(format_name: str, *arguments: str, status: int = 1) -> str:
        assert main(["validate", "--format", format_name, *arguments]) == status
        return capfd.readouterr().out

    return run


def test_json_has_all_that_is_known(folder: Path, report):
    content = json.loads(report("json"))
    assert (content["version"], content["specs"]) == (1, 2)
    (finding,) = content["findings"]
    assert finding["help"].endswith("#unknown-port")
    related = finding.pop("related")
    assert [(each["path"], each["line"], each["column"]) for each in related] == [("jobs/train.yml", 5, 1)]
    assert {key: finding[key] for key in ("path", "line", "column", "end_column", "severity", "rule")} == {
        "path": "jobs/pipeline.yml",
        "line": 8,
        "column": 7,
        "end_column": 10,
        "severity": "error",
        "rule": "unknown-port",
    }


def test_json_of_clean_specs(folder: Path, report):
    (folder / "jobs" / "pipeline.yml").unlink()
    assert json.loads(report("json", status=0)) == {"version": 1, "specs": 1, "findings": []}


def test_sarif(folder: Path, report):
    log = json.loads(report("sarif", status=0))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] == "azml"
    (rule,) = run["tool"]["driver"]["rules"]
    (result,) = run["results"]
    assert result["ruleId"] == rule["id"] == "unknown-port"
    assert result["ruleIndex"] == 0
    assert "```yaml" in rule["help"]["markdown"] and rule["shortDescription"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "jobs/pipeline.yml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 8, "startColumn": 7, "endColumn": 10}
    related = result["relatedLocations"][0]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "jobs/train.yml"


def test_help_of_a_release_is_on_the_web(folder: Path, report, monkeypatch):
    (rule,) = json.loads(report("sarif", status=0))["runs"][0]["tool"]["driver"]["rules"]
    assert "helpUri" not in rule  # nobody else can open a file of this machine
    page = "https://example.org/rules"
    (folder / "azml-9.dist-info").mkdir()
    (folder / "azml-9.dist-info" / "METADATA").write_text(
        f"Name: azml\nVersion: 9\nProject-URL: Rules, {page}\n"
    )
    monkeypatch.syspath_prepend(folder)
    forget_address = about._page_address.cache_clear
    forget_address()
    try:
        (rule,) = json.loads(report("sarif", status=0))["runs"][0]["tool"]["driver"]["rules"]
        assert rule["helpUri"] == f"{page}#unknown-port"
        assert json.loads(report("json"))["findings"][0]["help"] == f"{page}#unknown-port"
    finally:
        forget_address()


def test_sarif_is_no_failure_unless_strict(folder: Path, report):
    report("sarif", status=0)
    report("sarif", "--strict", status=1)


def test_sarif_fingerprint_survives_a_moved_line(folder: Path, report):
    def fingerprint() -> str:
        log = json.loads(report("sarif", status=0))
        return log["runs"][0]["results"][0]["partialFingerprints"]

    before = fingerprint()
    (folder / "jobs" / "pipeline.yml").write_text(f"# a new line\n\n{JOB}", encoding="utf-8")
    assert fingerprint() == before
    (folder / "jobs" / "pipeline.yml").write_text(JOB.replace("rat:", "rte:"), encoding="utf-8")
    assert fingerprint() != before


@pytest.mark.parametrize("current", [".", "jobs"])
def test_paths_count_from_the_root_of_the_repository(current: str, folder: Path, report, monkeypatch):
    monkeypatch.chdir(folder / current)
    assert report("github").startswith("::error file=jobs/pipeline.yml,line=8,col=7,endColumn=10,")
    assert report("azure-devops").startswith(
        "##vso[task.logissue type=error;sourcepath=jobs/pipeline.yml;linenumber=8;columnnumber=7;"
        "code=unknown-port;]"
    )


def test_github_shows_ten_errors_and_all_in_the_summary(folder: Path, report, monkeypatch):
    summary = folder / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    for number in range(12):
        text = JOB.replace("rat: 0.1", "rate: 0.1\n      rat: 1\n      ratee: <b>")
        (folder / "jobs" / f"{number:02}.yml").write_text(text, encoding="utf-8")
    out = report("github", "jobs")
    annotations = [line for line in out.splitlines() if re.match("::(error|warning)", line)]
    assert len(annotations) == 10
    assert all("and 1 more of this rule in this file" in line for line in annotations)
    total = len(json.loads(report("json", "jobs"))["findings"])
    assert f"::group::{total} findings" in out
    assert summary.read_text(encoding="utf-8").count("<tr><td>") == total


def test_output_goes_to_a_file(folder: Path, report):
    assert report("json", "--output", "report.json") == ""
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["findings"]


def test_output_that_cannot_be_written_is_status_2(folder: Path, capfd):
    assert main(["validate", "--output", "no/report.json"]) == 2
    assert capfd.readouterr().err.startswith("azml: no/report.json: ")


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("format_name", FORMATS)
def test_values_of_files_are_no_commands(format_name: str, attack: str, folder: Path, report, monkeypatch):
    """Keys, values, names and whole lines that look like commands, under the tool's own commands."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    raw = attack.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\\e", "\033")
    text = f'{JOB}      "{attack}": 1\n"{attack}": 1\ntags: ["{attack}"]\nexperiment_name: [\n{raw}]\n'
    (folder / "jobs" / "pipeline.yml").write_text(text, encoding="utf-8", newline="")
    (folder / "jobs" / "other.yml").write_text(
        f'{JOB}      "{attack}": 1\n"{attack}": 1\ndisplay_name: ["{attack}"]\n', encoding="utf-8", newline=""
    )
    if os.name != "nt":
        (folder / "jobs" / f"{raw.replace('/', '-')}.yml").write_text(JOB, encoding="utf-8")
    out = report(format_name, status=0 if format_name == "sarif" else 1)
    if format_name in ("json", "sarif"):
        json.loads(out)  # for programs and not for a log
        return
    ours = re.compile(r"^(::(error|warning) file=|::(end)?group::(\d+ findings)?$|##vso\[task\.logissue )")
    for line in out.splitlines():
        rest = ours.sub("", line)
        assert not COMMAND.search(rest), rest
        assert rest.isprintable(), rest
