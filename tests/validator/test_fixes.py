"""Fixes: what is certain is written, nothing else changes, and no fix makes a new error."""

import contextlib
import io
import json
import os
import random
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from azml.cli import main
from layout import PROJECTS

HEAD = "$schema: https://azuremlschemas.azureedge.net/latest/"
JOB = f"""\
{HEAD}commandJob.schema.json  # a job
type: command

command: >-
  echo ${{{{inputs.rate}}}}   # not a comment
inputs: {{rate: 0.1}}
environment: azureml:e:1
compute: "azureml:cpu"
"""
COMPONENT = f"""\
{HEAD}commandComponent.schema.json
name: train
version: "1"
type: command
inputs:
  rate: {{type: number}}
  mode: {{type: string, default: a}}
outputs:
  out: {{type: uri_folder}}
code: .
command: python train.py --rate ${{{{inputs.rate}}}} --mode ${{{{inputs.mode}}}} --out ${{{{outputs.out}}}}
environment: azureml:e:1
"""
PIPELINE = f"""\
{HEAD}pipelineJob.schema.json
type: pipeline
settings: {{default_compute: azureml:cpu}}
inputs:
  rate: 0.1
jobs:
  train:
    type: command
    component: ./component.yml
    inputs:
      rate: ${{{{parent.inputs.rate}}}}
"""
CONDA = "name: e\ndependencies:\n  - python=3.11\n  - pip:\n      - mlflow==3.1\n"
ENVIRONMENT = f"{HEAD}environment.schema.json\nname: e\nimage: ubuntu:24.04\nconda_file: conda.yml\n"
SCRIPT = """\
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--rate")
parser.add_argument("--mode")
parser.add_argument("--out")
parser.parse_args()
"""
FILES = {
    "job.yml": JOB,
    "component.yml": COMPONENT,
    "pipeline.yml": PIPELINE,
    "environment.yml": ENVIRONMENT,
    "conda.yml": CONDA,
    "train.py": SCRIPT,
}

# id: file, what stands there, the mistake, what the fix makes of it (None: the fix is not a safe one).
SAFE = {
    "version": ("component.yml", 'version: "1"', "version: 1.10", 'version: "1.10"'),
    "variable": (
        "job.yml",
        "environment:",
        "environment_variables: {DEBUG: true}\nenvironment:",
        'environment_variables: {DEBUG: "true"}\nenvironment:',
    ),
    "exponent": ("pipeline.yml", "  rate: 0.1", "  rate: 1e-5  # small", "  rate: 1.0e-5  # small"),
    "dash": ("job.yml", "echo $", "echo —rate $", "echo --rate $"),
    "pip": ("conda.yml", "mlflow==3.1", "mlflow=3.1", "mlflow==3.1"),
    "conda key": ("conda.yml", "dependencies", "dependecies", "dependencies"),
    "braces": ("job.yml", "${{inputs.rate}}", "${inputs.rate}", "${{inputs.rate}}"),
    "no braces": ("pipeline.yml", "${{parent.inputs.rate}}", "parent.inputs.rate", "${{parent.inputs.rate}}"),
    "twice": ("pipeline.yml", "  rate: 0.1\n", "  rate: 0.1\n  rate: 0.1\n", "  rate: 0.1\n"),
    "step type": ("pipeline.yml", "    type: command", "    type: pipeline", "    type: command"),
    "unknown ignore": (
        "job.yml",
        "compute:",
        "colour: red  # azml: ignore[unknown-ky]\ncompute:",
        "colour: red  # azml: ignore[unknown-key]\ncompute:",
    ),
    "unused ignore": ("job.yml", "type: command", "type: command  # azml: ignore[cycle]", "type: command"),
    "unused ignore above": ("job.yml", "compute:", "# azml: ignore[cycle, no-compute]\ncompute:", "compute:"),
    "one of two ignores": (
        "component.yml",
        "  mode:",
        "  more: {type: string, default: a}  # azml: ignore[cycle, unused-in-command] for later\n  mode:",
        "  more: {type: string, default: a}  # azml: ignore[unused-in-command] for later\n  mode:",
    ),
    "quotes": (
        "job.yml",
        "echo ${{inputs.rate}}",
        "echo \u201c${{inputs.rate}}\u201d \u2018don\u2019t\u2019",
        "echo \"${{inputs.rate}}\" 'don\u2019t'",
    ),
}
LIKELY = {
    "key": ("job.yml", "compute:", "comput:", "compute:"),
    "quoted key": ("job.yml", "compute:", "'comput':", "'compute':"),
    "word": ("job.yml", "type: command", "type: comand", "type: command"),
    "binding": ("pipeline.yml", "inputs.rate}}", "inputs.rat}}", "inputs.rate}}"),
    "port": ("pipeline.yml", "      rate: $", "      rat: $", "      rate: $"),
    "file": ("environment.yml", "conda.yml", "'condaa.yml'", "'conda.yml'"),
    "component": ("pipeline.yml", "./component.yml", "./componnt.yml", "./component.yml"),
    "option": ("component.yml", "python train.py --rate", "python train.py --rte", "python train.py --rate"),
    "undeclared": ("job.yml", "{{inputs.rate}}", "{{ inputs.rte }}", "{{ inputs.rate }}"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with specs without a finding, made the current one."""
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(path: Path, old: str, new: str, ends: str = "\n") -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_bytes(text.replace(old, new).replace("\n", ends).encode())


def findings(*arguments: str) -> list[dict]:
    """Return what the command finds in the current folder, after what the arguments ask for."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(output):
        main(["validate", "--format", "json", *arguments, "."])
    return json.loads(output.buffer.getvalue())["findings"]


def errors(rows: list[dict]) -> Counter:
    return Counter((row["path"], row["rule"], row["message"]) for row in rows if row["severity"] == "error")


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(("name", "right", "wrong", "fixed"), SAFE.values(), ids=SAFE)
def test_safe_fix(name, right, wrong, fixed, ends, folder):
    change(folder / name, right, wrong, ends)
    findings("--fix")
    assert (folder / name).read_bytes() == FILES[name].replace(right, fixed).replace("\n", ends).encode()


@pytest.mark.parametrize(("name", "right", "wrong", "fixed"), LIKELY.values(), ids=LIKELY)
def test_likely_fix_is_made_only_when_asked_for(name, right, wrong, fixed, folder):
    change(folder / name, right, wrong)
    before = (folder / name).read_bytes()
    (finding,) = [row for row in findings("--fix") if row["fix"]]
    assert (folder / name).read_bytes() == before
    assert finding["fix"]["safe"] is False
    assert findings("--unsafe-fixes") == []
    assert (folder / name).read_bytes() == FILES[name].replace(right, fixed).encode()


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("job.yml", "compute:", "compute: azureml:gpu\ncompute:"),  # two values: nobody knows which
        ("job.yml", "{rate: 0.1}", "{rate: 0.1, rate: 0.1}"),  # not a line of its own
        ("pipeline.yml", "rate: $", "rate: 1\n      rat: $"),  # would stand twice
        ("pipeline.yml", "${{parent.inputs.rate}}", "${{inputs.rat}}"),  # would not resolve
    ],
    ids=["duplicate", "flow", "would stand twice", "would not resolve"],
)
def test_no_fix_where_it_would_be_a_guess_or_make_an_error(name, right, wrong, folder):
    change(folder / name, right, wrong)
    before = (folder / name).read_bytes()
    found = errors(findings())
    assert errors(findings("--unsafe-fixes")) == found
    assert (folder / name).read_bytes() == before


def test_byte_order_mark_mode_and_link_stay(folder):
    path = folder / "real.yml"
    path.write_bytes(b"\xef\xbb\xbf" + COMPONENT.replace('"1"', "1.10").encode())
    path.chmod(0o640)
    (folder / "component.yml").unlink()
    (folder / "component.yml").symlink_to("real.yml")
    findings("--fix")
    assert path.read_bytes() == b"\xef\xbb\xbf" + COMPONENT.replace('"1"', '"1.10"').encode()
    assert (folder / "component.yml").is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in folder.iterdir()) == sorted([*FILES, "real.yml"])


def test_diff_shows_and_writes_nothing(folder, capfd):
    change(folder / "component.yml", 'version: "1"', "version: 1.10")
    assert main(["validate", "--diff"]) == 0
    captured = capfd.readouterr()
    assert captured.err == "azml: 1 fix in 1 file, nothing written\n"
    out = captured.out.splitlines()
    assert out[:2] == ["--- a/component.yml", "+++ b/component.yml"]
    assert [line for line in out[2:] if line[0] in "+-"] == ["-version: 1.10", '+version: "1.10"']
    assert "version: 1.10" in (folder / "component.yml").read_text()


@pytest.mark.parametrize("end", ["", "\n"])
def test_git_can_apply_the_diff(end, folder):
    path = folder / "component.yml"
    path.write_text(COMPONENT.replace('"1"', "1.10").removesuffix("\n") + end, encoding="utf-8")
    main(["validate", "--diff", "--output", "fixes.diff"])
    subprocess.run(["git", "apply", "fixes.diff"], check=True)
    assert path.read_text(encoding="utf-8") == COMPONENT.replace('"1"', '"1.10"').removesuffix("\n") + end


def test_closing_line_counts_fixes(folder, capfd):
    change(folder / "component.yml", 'version: "1"', "version: 1.10")
    assert main(["validate", "--fix"]) == 0
    assert capfd.readouterr().out == "4 specs, no findings, 1 fixed\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_file_that_cannot_be_written_is_status_2(folder, capfd):
    change(folder / "component.yml", 'version: "1"', "version: 1.10")
    folder.chmod(0o500)
    assert main(["validate", "--fix"]) == 2
    folder.chmod(0o700)
    assert "version: 1.10" in (folder / "component.yml").read_text()


def mutate(text: str, generator: random.Random) -> str:
    """Make a mistake as people make them: in a key, a word, a binding, its braces, a quote, a line."""
    words = list(re.finditer(r"[A-Za-z_]{4,}", text))
    word = generator.choice(words)
    at = generator.randrange(word.start(), word.end() - 1)
    lines = text.splitlines(keepends=True)
    number = generator.randrange(len(lines))
    kinds = [
        lambda: text[:at] + text[at + 1 :],
        lambda: text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        lambda: text[:at] + text[at] * 2 + text[at + 1 :],
        lambda: text.replace("${{", generator.choice(["${", "{{", "$ {{", ""]), generator.randint(1, 3)),
        lambda: text.replace("parent.", "", generator.randint(1, 3)),
        lambda: "".join([*lines[: number + 1], *lines[number:]]),
        lambda: text.replace('"', "", 2),
        lambda: text.replace("--", "\u2014", 1).replace("==", "=", 1),
        lambda: text.replace("version: 1", f"version: {generator.choice(['1.10', '010', '2026-01-01'])}"),
    ]
    return generator.choice(kinds)()


def check_mutant(seed: int, folder: Path) -> tuple[int, int]:
    """Fix a mutated project; return how many errors there were before and after."""
    generator = random.Random(seed)
    project = folder / str(seed)
    names = sorted(path.name for path in PROJECTS.iterdir() if path.is_dir())
    shutil.copytree(PROJECTS / generator.choice(names), project)
    specs = sorted(path for path in project.rglob("*.yml"))
    for _ in range(generator.randint(1, 4)):
        path = generator.choice(specs)
        path.write_text(mutate(path.read_text(encoding="utf-8"), generator), encoding="utf-8")
    texts = {path: path.read_text(encoding="utf-8") for path in specs}
    with contextlib.chdir(project):
        before = errors(findings())
        after = errors(findings("--unsafe-fixes"))
        assert errors(findings()) == after
    assert not after - before
    for path, text in texts.items():
        fixed = path.read_text(encoding="utf-8")
        assert re.findall("(?m)^ *#.*$", fixed) == re.findall("(?m)^ *#.*$", text)
    shutil.rmtree(project)
    return before.total(), after.total()


@pytest.mark.parametrize("seed", range(30))
def test_fixed_mutant_has_no_new_error(seed: int, tmp_path: Path):
    check_mutant(seed, tmp_path)
