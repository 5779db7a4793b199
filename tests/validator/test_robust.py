"""Whatever a file holds, the command ends with a status and with findings, never with a traceback."""

import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from azml.cli import main
from layout import PROJECTS, ROOT

SPECS = sorted(path for path in PROJECTS.rglob("*.yml") if "$schema" in path.read_text(encoding="utf-8"))
HEAD = "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\n"
SNIPPETS = [
    "", "~", "[]", "{}", "- a", "a: b", "${{parent.inputs.x}}", "${{", "$[[", "]]", "*x", "&x [*x]",
    "!!binary aGk=", "!!set {a, b}", "!!python/object:os.system x", "? [a]\n: b", "<<: 3", "on: off", "1e400",
    ".nan", "0x", "2026-13-45", "file:", "azureml:", "azureml://", "../" * 300, "x" * 5000, "\u0000",
    "\ud83d\ude00", "\t", "'", '"', "|", ">-", "#", "12:30:45", "!!timestamp x", "!!int x", "~: ~",
    "true: 1", "[1, [2, [3]]]: x",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty repository, made the current folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(capfd: pytest.CaptureFixture[str], *paths: str) -> list[dict]:
    """Return the findings; fail if the command met something that it did not expect."""
    status = main(["validate", "--format", "json", *paths])
    captured = capfd.readouterr()
    assert captured.err == ""
    findings = json.loads(captured.out)["findings"]
    assert status == any(each["severity"] == "error" for each in findings)
    return findings


@pytest.mark.parametrize("seed", range(60))
def test_mutated_specs(seed: int, folder: Path, capfd):
    generator = random.Random(seed)
    for number in range(4):
        text = generator.choice(SPECS).read_text(encoding="utf-8")
        for _ in range(generator.randint(1, 4)):
            text = mutate(text, generator)
        (folder / f"{number}.yml").write_text(text, encoding="utf-8", errors="surrogatepass")
    check(capfd)


def mutate(text: str, generator: random.Random) -> str:
    """Change a text at random: a value, a line, its indentation, some characters."""
    rows = text.split("\n")
    at = generator.randrange(len(rows))
    kind = generator.randrange(6)
    if kind == 0:
        rows[at] = rows[at].split(":")[0] + ": " + generator.choice(SNIPPETS)
    elif kind == 1:
        del rows[at]
    elif kind == 2:
        rows.insert(at, rows[generator.randrange(len(rows))])
    elif kind == 3:
        rows[at] = " " * generator.randint(0, 9) + rows[at].lstrip()
    elif kind == 4:
        rows[at] = generator.choice(SNIPPETS)
    else:
        start = generator.randrange(len(text) + 1)
        return text[:start] + generator.choice(SNIPPETS) + text[start + generator.randint(0, 30) :]
    return "\n".join(rows)


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes(seed: int, folder: Path, capfd):
    generator = random.Random(seed)
    (folder / "a.yml").write_bytes(generator.randbytes(generator.randint(0, 500)))
    (folder / "b.yml").write_bytes(HEAD.encode() + generator.randbytes(generator.randint(1, 500)))
    check(capfd)
    check(capfd, "a.yml", "b.yml")


def bomb() -> str:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
    return f"{HEAD}l0: &l0 [x]\n{levels}"


ODD_FILES: dict[str, tuple[bytes, str]] = {
    "20 MB": (HEAD.encode() + b"# " + b"x" * 20_000_000, "20 MB"),
    "20 MB on one line": (HEAD.encode() + b"inputs: {a: '" + b"x" * 20_000_000 + b"'}", "20 MB"),
    "alias bomb": (bomb().encode(), "aliases expand"),
    "nested 10,000 deep": (f"{HEAD}inputs: {'[' * 10_000}".encode(), "[yaml-syntax]"),
    "nested 10,000 mappings": (f"{HEAD}inputs: {'{a: ' * 10_000}".encode(), "[yaml-syntax]"),
    "nested 200 deep": (f"{HEAD}inputs: {'[' * 200}{']' * 200}".encode(), "nested more than 100 deep"),
    "UTF-16": (HEAD.encode("utf-16"), "not UTF-8"),
    "Latin-1": (HEAD.encode() + "display_name: Müller\n".encode("latin-1"), "not UTF-8"),
    "a control character": (HEAD.encode() + b"display_name: \x07\n", "not allowed in YAML"),
    "a tag of Python": (HEAD.encode() + b"jobs: !!python/object:os.system {}\n", "plain mappings"),
}


@pytest.mark.parametrize(("content", "words"), ODD_FILES.values(), ids=ODD_FILES)
@pytest.mark.parametrize("paths", [["spec.yml"], []], ids=["named", "found"])
def test_odd_file_has_a_finding(content: bytes, words: str, paths: list[str], folder: Path, capfd):
    (folder / "spec.yml").write_bytes(content)
    assert any(words in f"{each['message']} [{each['rule']}]" for each in check(capfd, *paths))


@pytest.mark.parametrize("paths", [["recording.yml"], []], ids=["named", "found"])
@pytest.mark.parametrize("length", [200_000, 2_000_000], ids=["too long a value", "too long a file"])
def test_recorded_traffic_is_no_spec(length: int, paths: list[str], folder: Path, capfd):
    text = f'interactions:\n- request: {{uri: "azureml:e:1"}}\n  body: "{"x" * length}"\n'
    (folder / "recording.yml").write_text(text, encoding="utf-8")
    assert check(capfd, *paths) == []


def fifo(path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no named pipes here")
    os.mkfifo(path)


def unreadable(path: Path) -> None:
    path.write_text(HEAD, encoding="utf-8")
    path.chmod(0)
    with contextlib.suppress(PermissionError):
        path.read_bytes()
        pytest.skip("this user may read everything")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (fifo, "not a regular file"),
        (unreadable, "cannot be read"),
        (lambda path: path.symlink_to("nowhere.yml"), "cannot be read"),
        (lambda path: path.symlink_to(path), "cannot be read"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
    ],
    ids=["pipe", "unreadable", "dangling link", "link to itself", "device"],
)
def test_odd_path_that_is_named_has_a_finding(make: Callable, words: str, folder: Path, capfd):
    make(folder / "spec.yml")
    assert [words in each["message"] for each in check(capfd, "spec.yml")] == [True]
    check(capfd)


@pytest.mark.parametrize("name", ["code", "component", "environment"])
@pytest.mark.parametrize("path", ["x" * 5000, "a\\u0000b", "../" * 2000, "/", "~", "./" + "ü" * 300])
def test_odd_references(name: str, path: str, folder: Path, capfd):
    step = f'{{type: command, command: ls, environment: "azureml:e:1", {name}: "{path}"}}'
    (folder / "spec.yml").write_text(f"{HEAD}jobs:\n  a: {step}\n", encoding="utf-8")
    check(capfd)


def test_folder_named_like_a_spec_and_link_loops(folder: Path, capfd):
    (folder / "folder.yml").mkdir()
    (folder / "folder.yml" / "loop").symlink_to(folder)
    text = f"{HEAD}settings: {{default_compute: azureml:c}}\njobs:\n  a: {{component: ./folder.yml}}\n"
    (folder / "spec.yml").write_text(text, encoding="utf-8")
    assert [each["rule"] for each in check(capfd)] == ["missing-file"]
    assert check(capfd, "folder.yml") == []


def test_windows_line_ends_keep_positions(folder: Path, capfd):
    text = f"{HEAD}experimentname: x\njobs:\n  a: {{type: command, component: 'azureml:a:1', compute: c}}\n"
    (folder / "spec.yml").write_bytes(text.replace("\n", "\r\n").encode())
    assert [(each["line"], each["column"]) for each in check(capfd)] == [(3, 1)]


BUG = """
import sys
import azml.cli, azml.validator.command
azml.validator.command.check = lambda *arguments: 1 / 0
sys.exit(azml.cli.main(["validate"]))
"""


def test_a_bug_is_status_2_and_one_line(folder: Path):
    """In a process of its own: the command lets go of its standard output."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    words = [sys.executable, "-c", BUG]
    done = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("azml: internal error, please report it: ZeroDivisionError")
    assert done.stderr.count("\n") == 1
