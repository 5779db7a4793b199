"""How a repository that has findings begins: rules chosen on the command line, a baseline."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from azml.cli import main

HEAD = "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\n"
JOB = f"{HEAD}type: command\ncommand: echo\nenvironment: azureml:e:1  # azml: ignore\ncompute: azureml:cpu\n"
BROKEN = JOB.replace("compute:", "computee:")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with an error and two warnings, made the current folder."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "a.yml").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "jobs" / "b.yml").write_text(JOB, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def check(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    """Return a function that gives the exit status and "file rule" of each finding."""

    def run(*arguments: str) -> tuple[int, list[str]]:
        status = main(["validate", *arguments])
        out = capfd.readouterr().out
        return status, [" ".join(each) for each in re.findall(r"(\w+\.\w+):\d+:\d+: .*\[(\S+)\]$", out, re.M)]

    return run


@pytest.mark.parametrize(
    ("arguments", "status", "found"),
    [
        ((), 1, ["a.yml broad-ignore", "a.yml unknown-key", "b.yml broad-ignore"]),
        (("--select", "unknown-key"), 1, ["a.yml unknown-key"]),
        (("--select", "cycle,broad-ignore"), 0, ["a.yml broad-ignore", "b.yml broad-ignore"]),
        (("--ignore", "unknown-key", "--ignore", "broad-ignore"), 0, []),
        (("--strict", "jobs/b.yml"), 1, ["b.yml broad-ignore"]),
        (("jobs/b.yml",), 0, ["b.yml broad-ignore"]),
    ],
)
def test_rules_of_the_command_line(arguments, status, found, folder, check):
    assert check(*arguments) == (status, found)


def test_the_command_line_selects_before_the_file(folder, check):
    (folder / "azml.toml").write_text('select = ["broad-ignore"]\nignore = ["cycle"]\n')
    assert check("--select", "unknown-key") == (1, ["a.yml unknown-key"])


def test_unknown_rule_is_status_2(folder, capfd):
    assert main(["validate", "--ignore", "unknow-key"]) == 2
    assert capfd.readouterr().err == "azml: there is no rule 'unknow-key'; did you mean 'unknown-key'?\n"


def test_a_nearer_configuration_counts_alone(folder, check):
    (folder / "azml.toml").write_text('ignore = ["broad-ignore", "unknown-key"]\n')
    (folder / "jobs" / "azml.toml").write_text('[severity]\nunknown-key = "warning"\n')
    assert check() == (0, ["a.yml broad-ignore", "a.yml unknown-key", "b.yml broad-ignore"])


def test_excluded_file_is_silent_when_named(folder, check):
    (folder / "azml.toml").write_text('exclude = ["jobs/a.yml"]\n')
    assert check("jobs/a.yml") == (0, [])


def test_baseline_keeps_known_findings_silent_and_shows_new_ones(folder, check, capfd, monkeypatch):
    assert main(["validate", "--baseline", "known.json", "--write-baseline"]) == 0
    assert capfd.readouterr().out == "known.json: 3 known findings\n"
    baseline = ("--baseline", "known.json")
    assert check(*baseline) == (0, [])
    (folder / "jobs" / "a.yml").write_text(f"# moved\n\n{BROKEN}", encoding="utf-8")
    assert check(*baseline) == (0, [])
    (folder / "jobs" / "a.yml").write_text(f"{BROKEN}comput: x\n", encoding="utf-8")
    assert check(*baseline) == (1, ["a.yml unknown-key"])
    (folder / "jobs" / "a.yml").write_text(BROKEN.replace("azureml:e:", "azureml:f:"), encoding="utf-8")
    assert check(*baseline) == (0, ["a.yml broad-ignore"])
    monkeypatch.chdir(folder / "jobs")
    assert check("--baseline", "../known.json", "b.yml") == (0, [])


def test_baseline_counts_what_stands_twice(folder, check):
    (folder / "jobs" / "a.yml").write_text(f"{JOB}tags:\n  a: [1]\n", encoding="utf-8")
    check("--baseline", "known.json", "--write-baseline")
    (folder / "jobs" / "a.yml").write_text(f"{JOB}tags:\n  a: [1]\nproperties:\n  a: [1]\n", encoding="utf-8")
    assert check("--baseline", "known.json")[1] == ["a.yml wrong-type"]


def test_baseline_of_the_configuration(folder, check, capfd):
    assert main(["validate", "--write-baseline"]) == 0
    line = 'baseline = "azml-baseline.json"'
    assert capfd.readouterr().out == (
        "azml-baseline.json: 3 known findings\n"
        f"to use it, add this under [tool.azml] in pyproject.toml: {line}\n"
    )
    (folder / "azml.toml").write_text(f"{line}\n")
    assert check() == (0, [])
    assert main(["validate", "--write-baseline", "jobs/b.yml"]) == 0
    assert capfd.readouterr().out == "azml-baseline.json: 1 known finding\n"
    assert check() == (1, ["a.yml broad-ignore", "a.yml unknown-key"])
    assert main(["validate", "--baseline", "all.json", "--write-baseline"]) == 0
    capfd.readouterr()
    assert check("--baseline", "all.json") == (0, [])


def test_baseline_of_the_configuration_that_is_not_there(folder, check):
    (folder / "azml.toml").write_text('ignore = ["broad-ignore", "unknown-key"]\nbaseline = "known.json"\n')
    assert check() == (1, ["azml.toml configuration"])
    assert main(["validate", "--write-baseline"]) == 0
    assert json.loads((folder / "known.json").read_text())["findings"] == []
    assert check() == (0, [])


@pytest.mark.parametrize("content", [None, "{", "[]", '{"version": 2}', '{"version": 1, "findings": [{}]}'])
def test_baseline_that_cannot_be_read_is_status_2(content, folder, capfd):
    if content is not None:
        (folder / "known.json").write_text(content)
    assert main(["validate", "--baseline", "known.json"]) == 2
    captured = capfd.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert captured.err.startswith("azml: known.json: ")


def test_a_secret_is_not_copied_into_the_baseline(folder):
    (folder / "store.yml").write_text(
        "$schema: https://azuremlschemas.azureedge.net/latest/azureBlob.schema.json\nname: s\n"
        "type: azure_blob\naccount_name: a\ncontainer_name: c\ncredentials:\n  account_key: 5hwtAx1Zq0\n"
    )
    assert main(["validate", "--baseline", "known.json", "--write-baseline"]) == 0
    text = (folder / "known.json").read_text()
    assert "clear-secret" in {row["rule"] for row in json.loads(text)["findings"]}
    assert "5hwtAx1Zq0" not in text
