"""What steps take and leave: literals, data from here and from afar, outputs."""

import http.server
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from checkout import Checkout, Done, job

SHOW = "printf '%s\\n' \"${{inputs.x}}\" > ${{outputs.out}}"

LITERALS = {
    "true": (True, "True"),
    "quoted_false": ("false", "false"),
    "quarter": (0.25, "0.25"),
    "small": (0.00001, "1e-05"),
    "zero": (0, "0"),
    "empty": ("", ""),
    "lines": ("one\ntwo $(date) 'q'\n", "one\ntwo $(date) 'q'"),
    "umlaut": ("Zürich 東京", "Zürich 東京"),
    "value_key": ({"type": "number", "value": 2.5}, "2.5"),
    "default_key": ({"type": "string", "default": "d"}, "d"),
}


@pytest.fixture(scope="module")
def literals(new_checkout: Callable[..., Checkout]) -> Done:
    checkout = new_checkout()
    show = "cat > ${{outputs.out}} <<'END'\n${{inputs.x}}\nEND"
    steps = {name: job(show, "out", inputs={"x": f"${{{{parent.inputs.{name}}}}}"}) for name in LITERALS}
    checkout.pipeline(steps, inputs={name: given for name, (given, _) in LITERALS.items()})
    return checkout.run()


@pytest.mark.parametrize("name", LITERALS)
def test_literal_is_shown_as_azure_ml_shows_it(literals: Done, name: str) -> None:
    assert literals.output(name) == LITERALS[name][1]


def test_literal_without_a_value_is_refused_until_it_is_set(checkout: Checkout) -> None:
    show = job("echo ${{inputs.x}} > ${{outputs.out}}", "out", inputs={"x": {"type": "integer"}})
    checkout.write("job.yml", show)
    assert "this input has no value; give one by --set inputs.x=VALUE" in checkout.refused("job.yml")
    assert checkout.run("job.yml", "--set", "inputs.x=5").output("job") == "5"


def test_default_and_optional_inputs(checkout: Checkout) -> None:
    component = {
        "type": "command",
        "inputs": {
            "rate": {"type": "number", "default": 0},
            "name": {"type": "string", "optional": True},
            "data": {"type": "uri_file", "optional": True},
        },
        "outputs": {"out": {"type": "uri_file"}},
        "command": "echo --rate ${{inputs.rate}} $[[--name ${{inputs.name}}]] $[[--data ${{inputs.data}}]]"
        " > ${{outputs.out}}",
    }
    checkout.write("c.yml", component)
    given = {"name": "${{parent.inputs.name}}", "rate": None}
    checkout.pipeline(
        {"without": {"component": "./c.yml"}, "with": {"component": "./c.yml", "inputs": given}},
        inputs={"name": "n"},
    )
    done = checkout.run()
    assert done.output("without").split() == ["--rate", "0"]
    assert done.output("with").split() == ["--rate", "0", "--name", "n"]


# Data from here


def data(path: str, kind: str = "uri_file") -> dict:
    return {"type": kind, "path": path}


@pytest.fixture
def files(checkout: Checkout) -> Checkout:
    (checkout.folder / ".git").mkdir()
    checkout.write("data/it's ü.csv", "file")
    checkout.write("data/folder/a b.txt", "inside")
    checkout.write("data/folder/deep/x.txt", "deep")
    checkout.write("data/table/MLTable", "paths: []")
    (checkout.folder / "data/folder/again").symlink_to("deep")
    (checkout.folder / "data/folder/deep/loop").symlink_to("..")
    (checkout.folder / "data/folder/dangling").symlink_to("nowhere")
    asset = {"name": "numbers", "version": "1", "type": "uri_file", "path": "./it's ü.csv"}
    checkout.write("data/numbers.yml", asset)
    checkout.write("data/numbers2.yml", asset | {"version": "2", "path": "folder", "type": "uri_folder"})
    model = {"name": "net", "version": "1", "type": "custom_model", "path": "table"}
    checkout.write("data/net.yml", model)
    return checkout


def test_local_data(files: Checkout) -> None:
    given = {
        "file": data("./data/it's ü.csv"),
        "folder": data("data/folder", "uri_folder"),
        "table": data(str(files.folder / "data/table"), "mltable"),
        "asset": data("azureml:numbers:1"),
        "latest": data("azureml:numbers@latest", "uri_folder"),
        "model": data("azureml:net:1", "custom_model"),
    }
    command = "\n".join(
        [
            "cat ${{inputs.file}} ${{inputs.asset}} ${{inputs.folder}}/'a b.txt' > ${{outputs.out}}",
            "cat ${{inputs.folder}}/again/x.txt >> ${{outputs.out}}",
            "ls ${{inputs.table}} ${{inputs.model}} | grep MLTable >> ${{outputs.out}}",
            "cat ${{inputs.latest}}/deep/x.txt $AZURE_ML_INPUT_file >> ${{outputs.out}}",
        ]
    )
    bound = {name: f"${{{{parent.inputs.{name}}}}}" for name in given}
    files.pipeline({"a": job(command, "out", inputs=bound)}, inputs=given)
    assert files.run().output("a") == "filefileinsidedeepMLTable\nMLTable\ndeepfile"


def test_text_for_data_of_a_component_is_a_path(files: Checkout) -> None:
    component = job("cat ${{inputs.x}} > ${{outputs.out}}", "out", inputs={"x": {"type": "uri_file"}})
    files.write("c.yml", component)
    files.pipeline({"a": {"component": "./c.yml", "inputs": {"x": "data/it's ü.csv"}}})
    assert files.run().output("a") == "file"


def test_local_data_without_what_its_ignore_file_names(files: Checkout) -> None:
    files.write("data/folder/.amlignore", "*.txt\n!x.txt\n")
    files.write(".amlignore", "data\n")
    folder, here = data("data/folder", "uri_folder"), data(".", "uri_folder")
    find = "find -L ${{inputs.x}} -type f | sed 's#.*/##' | sort > ${{outputs.out}}"
    files.pipeline({"a": job(find, "out", inputs={"x": folder}), "b": job(find, "out", inputs={"x": here})})
    done = files.run()
    assert done.output("a").split() == [".amlignore", "x.txt", "x.txt"]
    assert done.output("b").split() == [".amlignore", "pipeline.yml"], "nothing of .local"
    assert files.run().steps == {"a": "Reused", "b": "Reused"}


def test_input_is_a_read_only_copy(files: Checkout) -> None:
    path = files.folder / "data/it's ü.csv"
    command = "echo more >> ${{inputs.x}}; chmod u+w ${{inputs.x}}; echo more >> ${{inputs.x}}"
    files.pipeline({"a": job(command, inputs={"x": data(f"./data/{path.name}")})})
    done = files.run(code=1)
    assert "the step changed its input 'x', which is read-only on Azure ML (ro_mount)" in done.out
    assert path.read_text() == "file"
    for mode in ("download", "rw_mount"):
        files.run("--set", f"jobs.a.inputs.x.mode={mode}")
        assert path.read_text() == "file"


STORE = "azureml://datastores/store/paths/x.csv"


@pytest.mark.parametrize(
    ("jobs", "inputs", "said"),
    [
        ({}, {"x": data(STORE)}, f"pipeline.yml:4:11: error: {STORE} is out of reach from here; "
         "give local data by --set inputs.x.path=PATH"),
        ({}, {"x": data("azureml:stored:1")}, "give local data by --set inputs.x.path=PATH"),
        ({}, {"x": data("azureml:nmbers:1")}, "here; did you mean 'numbers'?; give local data by --set"),
        ({}, {"x": {"type": "uri_file"}}, "this input has no path; give local data by --set inputs.x.path="),
        ({}, {"x": data("./data/none.csv")}, "pipeline.yml:4:11: error: the data ./data/none.csv does not"),
        ({"inputs": {"x": data(STORE)}}, {}, "give local data by --set jobs.a.inputs.x.path=PATH"),
        ({"component": "./c.yml", "inputs": {"x": "./data/x"}}, {}, "the data ./data/x does not exist"),
        ({"component": "./c.yml", "inputs": {"n": data("./data")}}, {}, "'n' takes a number, not data"),
        ({"inputs": {"y": "${{parent.inputs.x}}/more"}}, {"x": data("./data")}, "cannot be part of a longer"),
    ],
)  # fmt: skip
def test_data_that_cannot_be_had_is_refused(files: Checkout, jobs: dict, inputs: dict, said: str) -> None:
    files.write("data/stored.yml", {"name": "stored", "version": "1", "type": "uri_file", "path": STORE})
    files.write(
        "c.yml",
        {
            "type": "command",
            "inputs": {
                "x": {"type": "uri_folder", "optional": True},
                "n": {"type": "number", "optional": True},
            },
            "command": "true",
        },
    )
    step = jobs if "component" in jobs else job("true") | jobs
    files.write("pipeline.yml", {"inputs": inputs, "type": "pipeline", "jobs": {"a": step}})
    assert said in files.refused()


def test_the_set_that_is_advised_works(files: Checkout) -> None:
    step = job("cat ${{inputs.x}} > ${{outputs.out}}", "out", inputs={"x": "${{parent.inputs.x}}"})
    files.pipeline({"a": step}, inputs={"x": data(STORE)})
    assert files.run("--set", "inputs.x.path=./data/it's ü.csv").output("a") == "file"


# Data from afar


class Blobs(http.server.BaseHTTPRequestHandler):
    """A container ``box`` with two blobs below ``many``; ``half.csv`` breaks off until ``mended``."""

    asked: ClassVar[list[str]] = []
    mended = False
    blobs: ClassVar = {
        "one.csv": b"one",
        "many/a b.csv": b"A",
        "many/deep/c.csv": b"C",
        "half.csv": b"x" * 4_000_000,
    }

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        name = parts.path.removeprefix("/box/").replace("%20", " ")
        query = parse_qs(parts.query)
        if "comp" in query:
            names = [each for each in self.blobs if each.startswith(query["prefix"][0])]
            body = "".join(f"<Blob><Name>{each}</Name></Blob>" for each in names)
            self.answer(f"<E><Blobs>{body}</Blobs></E>".encode())
        elif name in self.blobs:
            self.asked.append(name)
            self.answer(self.blobs[name], broken=name == "half.csv" and not Blobs.mended)
        else:
            self.send_error(404)

    def answer(self, body: bytes, broken: bool = False) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if broken else body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    Blobs.asked, Blobs.mended = [], False
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Blobs) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def reader(path: str, command: str = "cat ${{inputs.x}} > ${{outputs.out}}") -> dict:
    return job(command, "out", inputs={"x": data(path)})


def test_downloads(checkout: Checkout, host: str) -> None:
    listed = "cd ${{inputs.x}} && find . -type f | sort | tr '\\n' ' ' > ${{outputs.out}}"
    steps = {
        "plain": reader(f"http://{host}/box/one.csv?key=1"),
        "twin": reader(f"http://{host}/box/one.csv?key=1"),
        "blob": reader(f"wasb://box@{host}/one.csv"),
        "folder": reader(f"wasb://box@{host}/many", listed),
        "slash": reader(f"wasb://box@{host}/many/", listed),
    }
    checkout.pipeline(steps)
    done = checkout.run()
    assert [done.output(name) for name in ("plain", "twin", "blob")] == ["one"] * 3
    assert done.output("folder") == done.output("slash") == "./a b.csv ./deep/c.csv "
    assert f"downloading wasb://box@{host}/one.csv: 0.0 of 0.0 MB" in done.out
    asked = list(Blobs.asked)
    assert asked.count("one.csv") == 2
    checkout.run("--force-rerun")
    assert Blobs.asked == asked


def test_download_that_breaks_off_is_never_taken_for_whole(checkout: Checkout, host: str) -> None:
    checkout.pipeline(
        {"a": reader(f"http://{host}/box/half.csv", "wc -c < ${{inputs.x}} > ${{outputs.out}}")}
    )
    done = checkout.run(code=1)
    assert "cannot be downloaded: the connection ended after 2000000 of 4000000 bytes" in done.out
    Blobs.mended = True
    assert checkout.run().output("a").strip() == "4000000"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://{host}/box/none.csv", "Not Found"),
        ("wasb://box@{host}/none.csv", "Not Found"),
        ("http://127.0.0.1:1/x.csv", "Connection refused"),
        ("http://[broken/x.csv", "cannot be downloaded"),
    ],
)
def test_download_that_fails_is_told(checkout: Checkout, host: str, address: str, reason: str) -> None:
    checkout.pipeline({"a": reader(address.format(host=host))})
    done = checkout.run(code=1)
    assert reason in done.out and done.steps == {"a": "Failed"}


# Outputs


def test_outputs(checkout: Checkout) -> None:
    step = job("", "file")
    step["outputs"] |= {"folder": {"type": "uri_folder"}, "model": {"type": "mlflow_model"}, "untyped": None}
    step["command"] = " && ".join(
        [
            "echo f > ${{outputs.file}}",
            "echo d > ${{outputs.folder}}/d",
            "echo m > $AZURE_ML_OUTPUT_model/MLmodel",
            "ls -d ${{outputs.untyped}}",
        ]
    )
    bound = {name: f"${{{{parent.outputs.{name}}}}}" for name in ("file", "folder")}
    step["outputs"] |= bound | {"model": {"path": "${{parent.outputs.model}}", "type": "mlflow_model"}}
    step["outputs"]["file"] = {"type": "uri_file", "path": "${{parent.outputs.file}}"}
    checkout.pipeline(
        {"a": step}, outputs={name: {"type": "uri_folder"} for name in ("file", "folder", "model")}
    )
    outputs = checkout.run().folder / "outputs"
    files = {"file": "f\n", "folder/d": "d\n", "model/MLmodel": "m\n"}
    assert {name: (outputs / name).read_text() for name in files} == files


STORE_PATH = "azureml://datastores/workspaceblobstore/paths/${{name}}"


def test_a_file_output_is_named_as_its_path_says(checkout: Checkout) -> None:
    write, show = "echo x > ${{outputs.out}}", "echo ${{inputs.x}} >> ${{outputs.out}}"
    own = {"type": "uri_file", "path": f"{STORE_PATH}/own.npy"}
    inner = {
        "type": "pipeline",
        "outputs": {"file": {"type": "uri_file"}},
        "jobs": {"a": job(write) | {"outputs": {"out": "${{parent.outputs.file}}"}}},
    }
    checkout.write("inner.yml", inner)
    steps = {
        "own": job(write) | {"outputs": {"out": own}},
        "bound": job(write) | {"outputs": {"out": "${{parent.outputs.bound}}"}},
        "nested": {
            "type": "pipeline",
            "component": "./inner.yml",
            "outputs": {"file": "${{parent.outputs.nested}}"},
        },
    }
    given = {"own": "own.outputs.out", "bound": "bound.outputs.out", "nested": "nested.outputs.file"}
    for name, binding in given.items():
        inputs = {"x": {"type": "uri_file", "path": f"${{{{parent.jobs.{binding}}}}}"}}
        steps[f"show_{name}"] = job(show, "out", inputs=inputs)
    paths = {name: {"type": "uri_file", "path": f"{STORE_PATH}/{name}.gz"} for name in ("bound", "nested")}
    checkout.pipeline(steps, outputs=paths)
    done = checkout.run()
    shown = {name: Path(done.output(f"show_{name}")).name for name in given}
    assert shown == {"own": "own.npy", "bound": "bound.gz", "nested": "nested.gz"}
    assert (done.folder / "outputs/bound").read_text() == "x\n"
    assert checkout.run().steps == dict.fromkeys(done.steps, "Reused")
    checkout.pipeline(steps, outputs=paths | {"bound": {"type": "uri_file", "path": f"{STORE_PATH}/b.csv"}})
    assert checkout.run().steps["bound"] == "Completed"


def test_file_output_that_is_missing_fails_the_step(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("true", "out")})
    assert "the command wrote nothing to its output 'out'" in checkout.run(code=1).out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_outputs_of_a_completed_step_are_read_only(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("echo x > ${{outputs.out}}", "out")})
    path: Path = checkout.run().folder / "a/outputs/out"
    with pytest.raises(PermissionError):
        path.write_text("y")
