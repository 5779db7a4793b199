"""The language server as an editor uses it: a client that speaks the protocol on its standard input."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azml.cli import main
from layout import ROOT

pytest.importorskip("pygls")

HEAD = "$schema: https://azuremlschemas.azureedge.net/latest/"
FILES = {
    "pipeline.yml": f"""\
{HEAD}pipelineJob.schema.json
type: pipeline
settings: {{default_compute: azureml:cpu}}
inputs:
  rate: 0.1
jobs:
  # é😀 comes before what is marked
  train:
    component: ./train.yml
    inputs:
      rate: ${{{{parent.inputs.rate}}}}
""",
    "train.yml": f"""\
{HEAD}commandComponent.schema.json
name: train
version: "1"
type: command
inputs:
  rate:
    type: number
    description: How fast it learns.
  mode: {{type: string, default: a}}
outputs:
  model: {{type: uri_folder}}
code: ./src
command: >-
  python train.py
  --rate ${{{{inputs.rate}}}} --mode ${{{{inputs.mode}}}} --model ${{{{outputs.model}}}}
environment: azureml:e:1
""",
    "tune.yml": f"""\
{HEAD}sweepJob.schema.json
type: sweep
compute: azureml:cpu
sampling_algorithm: random
objective: {{goal: maximize, primary_metric: r2}}
limits: {{max_total_trials: 4}}
search_space:
  rate: {{type: uniform, min_value: 0.1, max_value: 0.9}}
trial:
  code: ./src
  environment: azureml:e:1
  command: python train.py --rate ${{{{search_space.rate}}}} --mode ${{{{inputs.kind}}}}
inputs:
  kind: a
  table: {{type: uri_folder, path: azureml:clients:2}}
""",
    "clients.yml": f"{HEAD}data.schema.json\nname: clients\nversion: 2\ntype: uri_folder\npath: azureml://datastores/d/paths/p\n",
    "environment.yml": f"{HEAD}environment.schema.json\nname: e\nversion: 1\nimage: ubuntu:24.04\n",
    "src/train.py": """\
import argparse

parser = argparse.ArgumentParser()
for name in ("--rate", "--mode", "--model"):
    pass
parser.add_argument("--rate", type=float)
parser.add_argument("--mode")
parser.add_argument("--model")
parser.parse_args()
""",
}


class Client:
    """A client of the Language Server Protocol, as far as the tests need one."""

    def __init__(self, folder: Path, encoding: str = "utf-16") -> None:
        command = [sys.executable, "-m", "azml.cli", "lsp"]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.folder, self.number = folder, 0
        self.diagnostics: dict[str, list[dict]] = {}
        self.open_names: set[str] = set()
        capabilities = {"general": {"positionEncodings": [encoding]}}
        self.capabilities = self.request("initialize", {"processId": None, "capabilities": capabilities})
        self.notify("initialized", {})

    def send(self, message: dict) -> None:
        assert self.process.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def receive(self) -> dict:
        assert self.process.stdout
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message = json.loads(self.process.stdout.read(length))
        assert message.get("method") != "window/showMessage", message  # a bug in the server
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[self.name(message["params"]["uri"])] = message["params"]["diagnostics"]
        return message

    def request(self, method: str, params: Any) -> Any:
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        while (message := self.receive()).get("id") != self.number:
            pass
        assert "error" not in message, message
        return message["result"]

    def notify(self, method: str, params: dict) -> None:
        self.send({"method": method, "params": params})

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def name(self, uri: str) -> str:
        return uri.removeprefix(f"{self.folder.as_uri()}/")

    def open(self, name: str, text: str | None = None) -> list[dict]:
        """Open a file and return what is said of it."""
        text = text if text is not None else (self.folder / name).read_text(encoding="utf-8")
        document = {"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text}
        self.open_names.add(name)
        return self.said(name, "textDocument/didOpen", {"textDocument": document})

    def change(self, name: str, text: str) -> list[dict]:
        """Replace the text of an open file, unsaved, and return what is said of it."""
        document = {"uri": self.uri(name), "version": 2}
        changes = {"textDocument": document, "contentChanges": [{"text": text}]}
        return self.said(name, "textDocument/didChange", changes)

    def said(self, name: str, method: str, params: dict) -> list[dict]:
        self.diagnostics.pop(name, None)
        self.notify(method, params)
        while name not in self.diagnostics:
            self.receive()
        # What the server answers next comes after everything that it has to say of this.
        start = {"line": 0, "character": 0}
        self.request("textDocument/hover", {"textDocument": {"uri": self.uri(name)}, "position": start})
        return self.diagnostics[name]

    def at(self, method: str, name: str, text: str, place: str) -> Any:
        """Send a request about the place of "|" in a text that stands once in a file's text."""
        before, after = place.split("|")
        assert text.count(before + after) == 1
        start = text.index(before + after) + len(before)
        line = text.count("\n", 0, start)
        position = {"line": line, "character": start - text.rfind("\n", 0, start) - 1}
        return self.request(method, {"textDocument": {"uri": self.uri(name)}, "position": position})

    def close_files(self) -> None:
        """Close what is open."""
        for name in self.open_names:
            document = {"textDocument": {"uri": self.uri(name)}}
            self.said(name, "textDocument/didClose", document)
        self.open_names.clear()

    def close(self) -> None:
        self.request("shutdown", None)
        self.notify("exit", {})
        assert self.process.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / ".git").mkdir()
    return folder


@pytest.fixture(scope="module")
def started(folder: Path) -> Iterator[Client]:
    client = Client(folder)
    yield client
    client.close()


@pytest.fixture
def client(started: Client) -> Iterator[Client]:
    """Return a client without an open file."""
    yield started
    started.close_files()


PIPELINE, TRAIN, TUNE = FILES["pipeline.yml"], FILES["train.yml"], FILES["tune.yml"]
MISSPELLED = PIPELINE.replace("inputs.rate}}", "inputs.rat}}  # 😀")


def test_diagnostics_follow_the_unsaved_text(client: Client):
    assert client.open("pipeline.yml") == []
    (said,) = client.change("pipeline.yml", MISSPELLED)
    assert said["code"] == "unknown-binding"
    assert said["severity"] == 1
    assert said["range"] == {"start": {"line": 10, "character": 12}, "end": {"line": 10, "character": 34}}
    assert said["codeDescription"]["href"].endswith("#unknown-binding")
    assert client.change("pipeline.yml", PIPELINE) == []


def test_unsaved_component_breaks_the_open_pipeline(client: Client):
    client.open("pipeline.yml")
    client.open("train.yml")
    client.change(
        "train.yml", TRAIN.replace("  rate:\n", "  speed:\n").replace("inputs.rate", "inputs.speed")
    )
    while not client.diagnostics.get("pipeline.yml"):
        client.receive()
    said = client.diagnostics["pipeline.yml"]
    assert {each["code"] for each in said} <= {"unknown-port", "missing-input"} and said
    related = said[0]["relatedInformation"][0]
    assert client.name(related["location"]["uri"]) == "train.yml"


def test_configuration_and_baseline_count_as_for_the_command(client: Client, monkeypatch):
    """The same rules are off, and the same findings known, in unsaved text too."""
    typed = MISSPELLED.replace("type: pipeline", "type: pipeline\ncolour: red")
    file, settings = client.folder / "pipeline.yml", client.folder / "azml.toml"
    try:
        file.write_text(MISSPELLED, encoding="utf-8")
        monkeypatch.chdir(client.folder)
        assert main(["validate", "--write-baseline"]) == 0
        settings.write_text('baseline = "azml-baseline.json"\n', encoding="utf-8")
        assert [each["code"] for each in client.open("pipeline.yml", typed)] == ["unknown-key"]
        settings.write_text('ignore = ["unknown-key"]\n', encoding="utf-8")
        assert [each["code"] for each in client.change("pipeline.yml", typed)] == ["unknown-binding"]
    finally:
        file.write_text(PIPELINE, encoding="utf-8")
        settings.unlink(missing_ok=True)


def test_closed_file_is_silent(client: Client):
    assert client.open("pipeline.yml", MISSPELLED)
    client.close_files()
    assert client.diagnostics["pipeline.yml"] == []


def test_text_that_is_not_yaml_is_a_diagnostic(client: Client):
    (said,) = client.open("pipeline.yml", PIPELINE + "x: [\n")
    assert said["code"] == "yaml-syntax"


@pytest.mark.parametrize(
    ("name", "text", "place", "words"),
    [
        ("pipeline.yml", PIPELINE, "    inputs:\n      ra|te", "How fast it learns."),
        ("pipeline.yml", PIPELINE, "parent.inputs.r|ate", "**rate**: number"),
        ("train.yml", TRAIN, "inputs.mo|de", "**mode**: string, default a"),
        ("pipeline.yml", MISSPELLED, "parent.inputs.r|at}}", "binding to an input"),
        (
            "pipeline.yml",
            PIPELINE,
            "./tra|in.yml",
            "**train** 1\n\ninputs:\n- **rate**: number: How fast it learns.\n",
        ),
        ("tune.yml", TUNE, "search_space.r|ate", "**rate**: uniform"),
    ],
)
def test_hover(name, text, place, words, client: Client):
    client.open(name, text)
    assert words in client.at("textDocument/hover", name, text, place)["contents"]["value"]


@pytest.mark.parametrize(
    ("name", "text", "place", "target", "line"),
    [
        ("pipeline.yml", PIPELINE, "./tra|in.yml", "train.yml", 0),
        ("pipeline.yml", PIPELINE, "    inputs:\n      ra|te", "train.yml", 5),
        ("pipeline.yml", PIPELINE, "parent.inputs.r|ate", "pipeline.yml", 4),
        ("train.yml", TRAIN, "inputs.mo|de", "train.yml", 8),
        ("train.yml", TRAIN, "azureml:|e:1", "environment.yml", 0),
        ("train.yml", TRAIN, "python tra|in.py", "src/train.py", 0),
        ("tune.yml", TUNE, "search_space.r|ate", "tune.yml", 7),
        ("tune.yml", TUNE, "azureml:cli|ents:2", "clients.yml", 0),
    ],
)
def test_definition(name, text, place, target, line, client: Client):
    client.open(name, text)
    found = client.at("textDocument/definition", name, text, place)
    assert (client.name(found["uri"]), found["range"]["start"]["line"]) == (target, line)


@pytest.mark.parametrize(
    ("name", "right", "typed", "place", "expected"),
    [
        ("pipeline.yml", "${{parent.inputs.rate}}", "${{pa", "${{pa|", "parent.inputs.rate}}"),
        ("pipeline.yml", "rate}}\n", "rate}}\n      mo\n", "      mo|\n", "mode: "),
        ("pipeline.yml", "./train.yml", "./tr", "./tr|", "train.yml"),
        ("train.yml", "${{inputs.mode}}", "${{in}}", "${{in|}}", "inputs.mode"),
        ("train.yml", "--mode", "--mo", "--mo| ", "--mode"),
        ("tune.yml", "${{inputs.kind}}", "${{", "--mode ${{|", "search_space.rate}}"),
        ("tune.yml", "azureml:e:1", "azureml:", "environment: azureml:|", "azureml:e:1"),
        ("tune.yml", "python train.py", "python t", "python t|", "train.py"),
    ],
    ids=[
        *("binding", "input", "path", "binding in a command", "option of the script", "binding in a trial"),
        *("asset", "script"),
    ],
)
def test_completion_while_typing(name, right, typed, place, expected, client: Client):
    client.open(name)
    text = FILES[name].replace(right, typed)
    client.change(name, text)
    items = client.at("textDocument/completion", name, text, place)
    assert expected in [each["textEdit"]["newText"] for each in items]


def test_code_action_is_the_fix(client: Client):
    (said,) = client.open("pipeline.yml", MISSPELLED)
    document = {"uri": client.uri("pipeline.yml")}
    params = {"textDocument": document, "range": said["range"], "context": {"diagnostics": [said]}}
    (action,) = client.request("textDocument/codeAction", params)
    (edit,) = action["edit"]["changes"][client.uri("pipeline.yml")]
    assert edit == {"range": said["range"], "newText": "${{parent.inputs.rate}}"}
    assert action["isPreferred"] is False


def test_code_action_of_what_was_typed_just_now(client: Client):
    client.open("pipeline.yml")
    document, place = {"uri": client.uri("pipeline.yml"), "version": 2}, {"line": 10, "character": 14}
    changes = {"textDocument": document, "contentChanges": [{"text": MISSPELLED}]}
    client.notify("textDocument/didChange", changes)
    params = {"range": {"start": place, "end": place}, "context": {"diagnostics": []}}
    (action,) = client.request("textDocument/codeAction", {"textDocument": document, **params})
    assert action["title"] == "azml: write ${{parent.inputs.rate}}"


@pytest.mark.parametrize(("encoding", "column"), [("utf-16", 10), ("utf-32", 9), ("utf-8", 13)])
def test_positions_are_in_the_clients_units(encoding: str, column: int, folder: Path):
    client = Client(folder, encoding)
    (said,) = client.open(
        "pipeline.yml", PIPELINE.replace("rate: 0.1", 'rate: "😀é ${{parent.outputs.x}}"', 1)
    )
    assert client.capabilities["capabilities"]["positionEncoding"] == encoding
    assert (said["code"], said["range"]["start"]["character"]) == ("malformed-binding", column + 3)
    client.close()


def test_without_pygls_the_missing_extra_is_named(folder: Path):
    program = "import sys; sys.modules['pygls'] = None; from azml.cli import main; sys.exit(main(['lsp']))"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "azml[lsp]" in done.stderr
