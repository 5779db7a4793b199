"""Specs, scripts and file names written to harm whoever checks them: their terminal, log, secrets or time.

What is too slow is not measured with a clock: the command gets some seconds of CPU time and then dies.
"""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from azml.cli import main
from azml.validator.output import FORMATS
from azml.validator.report import MOST_OF_A_KIND
from layout import ROOT

SCHEMA = "$schema: https://azuremlschemas.azureedge.net/latest"
PIPELINE = f"{SCHEMA}/pipelineJob.schema.json\ntype: pipeline\nsettings: {{default_compute: azureml:c}}\n"
COMPONENT = f"{SCHEMA}/commandComponent.schema.json\ntype: command\nname: c\nenvironment: azureml:e:1\n"
ENVIRONMENT = f"{SCHEMA}/environment.schema.json\nname: e\nversion: '1'\nimage: python:3\n"
DATASTORE = f"{SCHEMA}/azureBlob.schema.json\ntype: azure_blob\nname: x\naccount_name: a\ncontainer_name: c\n"
STEP = "{type: command, code: ., command: python train.py, environment: 'azureml:e:1'}"
SECRET = "hunter2hunter2"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty repository, made the current folder; beside it lies a file with a secret."""
    (tmp_path / "secret.txt").write_text(f"{SECRET}: [1\n", encoding="utf-8")
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def azml(*arguments: object, seconds: int = 60, **more) -> subprocess.CompletedProcess[str]:
    """Run the command with so many seconds of CPU time and 2 GB of memory."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))

    command = [sys.executable, str(ROOT / "scripts" / "validate.py"), *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.run(command, preexec_fn=limit, encoding="utf-8", **pipes)


# -- what leaves for a terminal or a log ---------------------------------------------------------------

COMMANDS = ("::error::pwned", "::add-mask::x", "##[command]x", "##vso[task.complete]", "##VSO[task.x]")
TEXTS = [
    *COMMANDS,
    *(f"x\n{each}" for each in COMMANDS),
    "\x1b[2J",
    "\x1b]0;t\x07",
    "\x9b2J",
    "\r",
    "\u202e",
    "\u2028",
]


OWN = {"github": r"::(error|warning|group|endgroup)\b", "azure-devops": r"##vso\[task\.logissue "}


def in_yaml(text: str) -> str:
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text) + '"'


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("name", FORMATS)
def test_no_text_of_a_spec_is_a_command(name: str, text: str, folder: Path, capsysbinary):
    key = in_yaml(text)
    write(
        folder,
        {"p.yml": f"{PIPELINE}{key}: 1\njobs:\n  {key}: {{component: {key}, inputs: {{{key}: {key}}}}}\n"},
    )
    if "/" not in text:
        write(folder, {f"{text}.yml": f"{PIPELINE}    ::error::x: 1\n{text.split(chr(10))[-1]}: 1"})
    main(["validate", "--format", name])
    output = capsysbinary.readouterr().out.decode()
    assert output.count("\n") > 1
    own = {"github": r"::(error|warning|group|endgroup)\b", "azure-devops": r"##vso\[task\.logissue "}.get(
        name
    )
    for line in output.split("\n"):
        rest = re.sub(rf"^{own}", "", line) if own else line
        assert rest.isprintable(), ascii(line)
        assert not rest.lstrip().startswith("::"), line
        assert not re.search(r"##(vso)?\[", rest, re.IGNORECASE), line


# -- secrets -------------------------------------------------------------------------------------------

OUTSIDE = "../secret.txt"
LEAKS: dict[str, dict[str, str]] = {
    "a conda file outside": {"e.yml": f"{ENVIRONMENT}conda_file: {OUTSIDE}\n"},
    "a component outside": {"p.yml": f"{PIPELINE}jobs: {{a: {{component: {OUTSIDE}}}}}\n"},
    "an environment outside": {"p.yml": f"{PIPELINE}environment: file:{OUTSIDE}\njobs: {{}}\n"},
    "a table outside": {
        "d.yml": f"{SCHEMA}/data.schema.json\nname: d\nversion: '1'\ntype: mltable\npath: ../table\n",
        "../table/MLTable": f"{SECRET}: [1\n",
    },
    "a key": {"d.yml": f"{DATASTORE}credentials:\n  account_key: {SECRET}\n"},
    "a key misspelled": {"d.yml": f"{DATASTORE}credentials: {{acount_kye: {SECRET}, sas_token: [{SECRET}]}}"},
    "a key beside a mistake": {"d.yml": DATASTORE + f"credentials: {{account_key: {SECRET}}}\nnam: 1\n"},
    "a wrong type": {"d.yml": f"{DATASTORE}credentials: {SECRET}\n"},
    "a variable": {"p.yml": f"{PIPELINE}jobs: {{a: {{comand: x, services: {{API_TOKEN: {SECRET}}}}}}}\n"},
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("case", LEAKS)
def test_no_secret_is_shown(case: str, name: str, folder: Path, capsysbinary):
    write(folder, LEAKS[case])
    main(["validate", "--format", name])
    assert SECRET not in capsysbinary.readouterr().out.decode()


def test_a_link_out_of_the_repository_shows_nothing(folder: Path, capsysbinary):
    (folder / "conda.yml").symlink_to(folder / OUTSIDE)
    write(folder, {"e.yml": f"{ENVIRONMENT}conda_file: conda.yml\n"})
    assert main(["validate"]) == 1
    output = capsysbinary.readouterr().out.decode()
    assert "conda.yml:1" in output and SECRET not in output


def test_the_length_of_a_secret_is_shown(folder: Path, capsysbinary):
    write(folder, LEAKS["a key"])
    main(["validate"])
    assert f"account_key: {'*' * len(SECRET)}" in capsysbinary.readouterr().out.decode()


# -- files that are not what they seem -----------------------------------------------------------------

ODD: dict[str, Callable[[Path], object]] = {
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
    "a loop": lambda path: path.symlink_to(path),
    "500 MB": lambda path: path.touch() or os.truncate(path, 500_000_000),
    "a script of 2 MB": lambda path: path.write_text(f"x = [{'1,' * 1_000_000}]\n"),
    "brackets": lambda path: path.write_text("(" * 100_000),
}


NAMES = ("train.py", "conda.yml", "other.yml", ".amlignore", ".gitignore", "azml.toml", "train.yml")


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_odd_files_take_neither_time_nor_memory(make: Callable, folder: Path):
    for name in NAMES:
        make(folder / name)
    environment = f"{ENVIRONMENT}conda_file: conda.yml\n"
    write(
        folder,
        {"p.yml": f"{PIPELINE}jobs: {{a: {STEP}, b: {{component: ./train.yml}}}}\n", "e.yml": environment},
    )
    for arguments in ((), ("train.py", "e.yml")):
        done = azml(*arguments)
        assert done.returncode in (0, 1) and done.stderr == ""


# -- what would take too long --------------------------------------------------------------------------


def nested(count: int, ways: int) -> dict[str, str]:
    """Return a pipeline of pipelines, each of which passes its input on to the next in several steps."""
    head = f"{SCHEMA}/pipelineComponent.schema.json\ntype: pipeline\ninputs: {{x: {{type: string}}}}\n"
    give = "inputs: {x: '${{parent.inputs.x}}'}"
    first = f"{{type: pipeline, component: ./c0.yml, {give}}}"
    files = {"p.yml": f"{PIPELINE}inputs: {{x: abc}}\njobs: {{a: {first}}}\n"}
    for number in range(count):
        steps = (f"s{n}: {{type: pipeline, component: ./c{number + 1}.yml, {give}}}" for n in range(ways))
        files[f"c{number}.yml"] = f"{head}name: c{number}\njobs: {{{', '.join(steps)}}}\n"
    return files | {f"c{count}.yml": f"{COMPONENT}command: x\n"}


def step(inputs: str, more: str = "command: x") -> str:
    lines = ["type: command", "environment: azureml:e:1", more, "inputs:"]
    return f"{PIPELINE}jobs:\n  a:\n" + "".join(f"    {line}\n" for line in lines) + inputs


def many(line: str, count: int) -> str:
    return "".join(line.replace("N", str(number)) for number in range(count))


SLOW: dict[str, dict[str, str]] = {
    "misspelled bindings": {
        "p.yml": step(many("      iN: ${{parent.inputs.inptN}}\n", 2000))
        + f"inputs: {{{many('inputN: 1, ', 2000)}}}\n"
    },
    "inputs": {
        "c.yml": f"{COMPONENT}inputs:\n{many('  inputN: {type: string}' + chr(10), 800)}"
        f"command: x {many('${{inputs.inputN}} ', 800)}\n",
        "p.yml": step(many("      inputN: v\n", 800), "component: ./c.yml"),
    },
    "versions": {
        **{f"c{n}.yml": f"{COMPONENT}version: '{n}'\ncommand: x\n" for n in range(300)},
        "p.yml": f"{PIPELINE}jobs:\n{many('  aN: {component: azureml:c@latest}' + chr(10), 1000)}",
    },
    "duplicate keys": {"p.yml": PIPELINE + "a: 1\n" * 20_000},
    "unknown keys": {"p.yml": PIPELINE + many("keyN: 1\n", 5000)},
    "missing files": {
        **{f"d/y{n}.yml": "" for n in range(1000)},
        "p.yml": f"{PIPELINE}jobs:\n{many('  aN: {component: ./d/xN.yml}' + chr(10), 1000)}",
    },
    "ways through components": nested(20, 3),
    "components in components": nested(250, 1),
    "bindings to siblings": {
        "p.yml": f"{PIPELINE}jobs:\n"
        + many("  sN: {type: command, command: x, inputs: {x: '${{parent.jobs.s1.inputs.x}}'}}\n", 600)
    },
    "a requirement": {
        "e.yml": f"{ENVIRONMENT}conda_file: c.yml\n",
        "c.yml": "dependencies:\n- pip:\n"
        f"  - a>={'1' * 3000}!?\n  - 'a{' ' * 3000}x!'\n  - 'a=={'1,==' * 900}!'\n",
    },
    "a command": {
        "c.yml": f"{COMPONENT}command: >-\n"
        f"  {'python -m ' * 900}{'$((' * 900}{'${{' * 3000}{'{inputs.' * 2000}\n"
    },
    "stars of an ignore file": {
        f"{'a' * 200}.py": "",
        ".amlignore": f"{'*a' * 12}*b\n{'?*' * 12}b\n{'*[ab]' * 12}*c\n{'**/*a*/' * 9}b\n",
        "p.yml": step("", f"code: .\n    command: python {'a' * 200}.py"),
    },
    "blanks": {"c.yml": f'{COMPONENT}command: "python{" " * 50_000}x"\n'},
    "a reference": {"p.yml": step(f"      x: azureml:{'a:' * 20_000}\n", f"code: git+{'a@' * 20_000}")},
}  # fmt: skip


@pytest.mark.parametrize("case", SLOW)
def test_many_of_a_thing_take_a_moment(case: str, folder: Path):
    write(folder, SLOW[case])
    done = azml()
    assert done.returncode in (0, 1) and done.stderr == ""


def test_findings_of_a_kind_are_capped_and_counted(folder: Path, capsysbinary):
    write(folder, {"p.yml": PIPELINE + "a: 1\n" * 1001})
    main(["validate"])
    output = capsysbinary.readouterr().out.decode()
    assert output.count("[duplicate-key]") == MOST_OF_A_KIND
    (more,) = re.findall(r"\(and (\d+) more\)", output)
    assert MOST_OF_A_KIND + int(more) in (999, 1000)  # the last one may be told by another rule


# -- an error inside -----------------------------------------------------------------------------------

ODD_VALUES = [
    "version: '²'",
    "version: '٣'",
    f"version: '{'9' * 5000}'",
    f"code: {'x/' * 2500}",
    "inputs: {a: {type: integer, min: .inf, max: .nan, default: 1e999}}",
    f"inputs: {{a: {{type: number, default: {'9' * 400}}}}}",
]


@pytest.mark.parametrize("line", ODD_VALUES, ids=lambda line: line[:20])
def test_odd_value_is_no_bug(line: str, folder: Path, capsysbinary):
    write(
        folder,
        {"c.yml": f"{COMPONENT}command: x\n{line}\n", "d.yml": f"{COMPONENT}command: y\nversion: '1'\n"},
    )
    write(folder, {"p.yml": f"{PIPELINE}jobs: {{a: {{component: 'azureml:c@latest'}}}}\n"})
    assert main(["validate"]) in (0, 1)
    assert capsysbinary.readouterr().err == b""


def test_unknown_key_beside_one_that_asks_for_another_is_no_bug(folder: Path, capfd):
    head = f"{SCHEMA}/kubernetesOnlineDeployment.schema.json\nname: b\ntype: kubernetes\nendpoint_name: e\n"
    write(folder, {"d.yml": f"{head}model: {{'': a, version: 2, path: .}}\n"})
    assert main(["validate"]) == 1
    captured = capfd.readouterr()
    assert "unknown key ''" in captured.out and captured.err == ""


@pytest.mark.parametrize("command", ["> out", "<<", "2>&1", "&", "()", "python train.py; > log"])
def test_command_that_starts_nothing_is_no_bug(command: str, folder: Path, capfd):
    write(folder, {"train.py": "", "c.yml": f"{COMPONENT}code: .\ncommand: '{command}'\n"})
    write(folder, {"d.yml": f"{COMPONENT}inputs: {{x: {{type: string}}}}\ncommand: '{command}'\n"})
    assert main(["validate"]) in (0, 1)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("line", ["!", "\\", "a\\", "[b-a]", "[[:x:]]", "[a&&b--c]", "*[b-a]*"])
def test_odd_line_of_an_ignore_file_is_no_bug(line: str, folder: Path, capfd):
    write(folder, {"train.py": "", ".amlignore": f"{line}\n", "p.yml": f"{PIPELINE}jobs: {{a: {STEP}}}\n"})
    assert main(["validate"]) == 0
    assert main(["run", "--plan", "--no-validate", "p.yml"]) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("subject", ["check_spec", "check_step", "check_command"])
def test_a_bug_in_a_rule_costs_its_finding_and_is_told(subject: str, folder: Path, capsysbinary, monkeypatch):
    from azml.validator import rules

    def bug(_):
        raise ValueError("odd\n::error::x")

    (module, *_) = [each for each in rules.MODULES if hasattr(each, subject)]
    monkeypatch.setattr(module, subject, bug)
    write(folder, {"train.py": "", "p.yml": f"{PIPELINE}jobs: {{a: {STEP}}}\n"})
    assert main(["validate"]) == 2
    captured = capsysbinary.readouterr()
    assert b"1 spec" in captured.out
    (told,) = captured.err.decode().splitlines()
    assert told.startswith(
        f"azml: p.yml: {module.RULE.id}: internal error, please report it: ValueError: odd"
    )
    write(folder, {"p.yml": f"{PIPELINE}nam: x\njobs: {{a: {STEP}}}\n"})
    assert main(["validate"]) == 1
    assert b"unknown key 'nam'" in capsysbinary.readouterr().out


# -- standard output -----------------------------------------------------------------------------------


def test_a_closed_pipe_is_no_verdict(folder: Path):
    write(folder, {"p.yml": PIPELINE + "a: 1\n" * 3000})
    reader, writer = os.pipe()
    os.close(reader)
    done = azml(stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [(), ("--format", "json")], ids=str)
def test_a_full_disk_is_no_verdict(arguments: tuple, folder: Path):
    write(folder, {"p.yml": f"{PIPELINE}nam: x\n"})
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = azml(*arguments, stdout=full)
    assert done.returncode == 2
    assert done.stderr.startswith("azml: ") and done.stderr.count("\n") == 1
