"""Downloads from containers that hold hostile names, many pages, folder markers; and secrets in addresses."""

import http.server
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from checkout import Checkout, job

LIST = "cd ${{inputs.x}} && find . -type f | sort | tr '\\n' ' ' > ${{outputs.out}}"
MARKED = "<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata>"
MARKER = b"marks a folder"


class Container(http.server.ThreadingHTTPServer):
    """A public container ``box``: blobs by name; ``MARKER`` ones have the metadata of a folder.

    ``failing`` is the page of its list (from 0) that cannot be had, ``repeats`` makes its list endless.
    """

    daemon_threads = True

    def __init__(self, blobs: dict[str, bytes], page: int = 5000) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.blobs, self.page = blobs, page
        self.failing = -1
        self.repeats = False

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def listed(self, prefix: str, marker: str) -> str:
        names = sorted(name for name in self.blobs if name.startswith(prefix))
        start = int(marker or 0)
        blobs = "".join(map(self.entry, names[start : start + self.page]))
        more = start + self.page
        following = "0" if self.repeats else str(more) if more < len(names) else ""
        text = f"<Blobs>{blobs}</Blobs><NextMarker>{following}</NextMarker>"
        return f"\ufeff<?xml version='1.0' encoding='utf-8'?><EnumerationResults>{text}</EnumerationResults>"

    def entry(self, name: str) -> str:
        size = f"<Properties><Content-Length>{len(self.blobs[name])}</Content-Length></Properties>"
        metadata = MARKED if self.blobs[name] == MARKER else ""
        return f"<Blob><Name>{escape(name)}</Name>{size}{metadata}</Blob>"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Container

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        name = unquote(parts.path).removeprefix("/box/")
        if query.get("comp") == "list":
            if int(query.get("marker", 0)) == self.server.failing * self.server.page:
                self.send_error(503)
                return
            self.answer(self.server.listed(query["prefix"], query.get("marker", "")).encode())
        elif name in self.server.blobs:
            self.answer(self.server.blobs[name])
        else:
            self.send_error(404)

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def serving(container: Container) -> Iterator[Container]:
    thread = threading.Thread(target=container.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield container
    container.shutdown()
    container.server_close()


def readers(container: Container, paths: dict[str, str]) -> dict[str, dict]:
    """Return a step for each folder of the container that lists its files."""
    addresses = {name: f"wasb://box@{container.host}/{path}" for name, path in paths.items()}
    return {
        name: job(LIST, "out", inputs={"x": {"type": "uri_folder", "path": address}})
        for name, address in addresses.items()
    }


NAMES = {
    "slashes": ({"x": b"1", "/y": b"2", "//deep//z": b"3"}, "./deep/z ./x ./y"),
    "marked": ({"a": MARKER, "a/b": b"1", "c": MARKER}, "./a/b"),
    "empty_above_others": ({"a": b"", "a/b": b"1"}, "./a/b"),
    "ends_in_slash": ({"": b"", "a/": b"", "a/b": b"1"}, "./a/b"),
    "empty_file": ({"empty": b"", "b": b"1"}, "./b ./empty"),
    "dots_inside": ({"x/../y": b"1", "z": b"1"}, "./y ./z"),
    "many": ({f"{number:02}": b"1" for number in range(9)}, " ".join(f"./{n:02}" for n in range(9))),
}


def test_names_in_a_container(checkout: Checkout) -> None:
    blobs = {f"{case}/{name}": body for case, (names, _) in NAMES.items() for name, body in names.items()}
    blobs |= {"slashes_more/x": b"not in the folder", "marked": MARKER}
    with serving(Container(blobs, page=4)) as container:
        checkout.pipeline(readers(container, {name: name for name in NAMES}))
        done = checkout.run()
    assert {name: done.output(name).strip() for name in NAMES} == {
        name: expected for name, (_, expected) in NAMES.items()
    }


def test_blobs_that_would_land_elsewhere(checkout: Checkout) -> None:
    """None of them is written, and none is left out in silence."""
    there = checkout.folder / "victim"
    up = "../" * 30
    blobs = {
        "parents/x": b"1",
        f"parents/{up}{str(there)[1:]}": b"owned",
        f"inner/a/{up}{str(there)[1:]}": b"owned",
        f"slashes//{up}{there}": b"owned",
        f"absolute/{there}": b"kept below the folder",
        "same/x": b"1",
        "same//x": b"2",
    }
    with serving(Container(blobs)) as container:
        steps = ("parents", "inner", "slashes", "absolute", "same")
        checkout.pipeline(readers(container, {name: name for name in steps}))
        done = checkout.run(code=1)
    assert not there.exists()
    assert done.steps == dict.fromkeys(steps, "Failed") | {"absolute": "Completed"}
    assert done.out.count("leads out of its folder") >= 3 and "two blobs for the file x" in done.out


@pytest.mark.parametrize(("failing", "repeats"), [(1, False), (-1, True)])
def test_list_that_ends_early_or_never(checkout: Checkout, failing: int, repeats: bool) -> None:
    with serving(Container({f"data/{number:02}": b"1" for number in range(7)}, page=3)) as container:
        container.failing, container.repeats = failing, repeats
        checkout.pipeline(readers(container, {"a": "data"}))
        done = checkout.run(code=1)
        assert "to [tool.azml.local] in pyproject.toml" in done.out
        assert "cannot be downloaded" in done.out and done.steps == {"a": "Failed"}


def test_secrets_in_addresses_are_neither_shown_nor_stored(checkout: Checkout) -> None:
    with serving(Container({"x.csv": b"1"})) as container:
        inputs = {
            "good": f"http://{container.host}/box/x.csv?sv=1&sig=HUSH",
            "absent": f"http://{container.host}/box/y.csv?sig=HUSH",
            "user": f"http://me:HUSH@{container.host}/box/x.csv",
            "broken": "http://[broken?sig=HUSH",
        }
        steps = {
            name: job("cat ${{inputs.x}}", inputs={"x": {"type": "uri_file", "path": address}})
            for name, address in inputs.items()
        }
        link = f"http://{container.host}/box/x.csv?sig=HUSH"
        steps["text"] = job("echo '${{inputs.link}}' | grep -q sig=HU", inputs={"link": link})
        checkout.pipeline(steps, tags={"source": link})
        plan = checkout.run("--plan")
        done = checkout.run(code=1)
    assert done.steps == dict.fromkeys(steps, "Failed") | {"good": "Completed", "text": "Completed"}
    assert f"{container.host}/box/x.csv?sv=***&sig=***" in plan.out
    assert "HUSH" not in plan.out + plan.err + done.out + done.err
    for name in ("mlflow.db", "runs", "downloads", "reuse"):
        found = [path for path in files(checkout.folder / ".local" / name) if b"HUSH" in path.read_bytes()]
        assert not [path for path in found if path.name != "command.sh"], found


def files(path: Path) -> list[Path]:
    return [each for each in (path.rglob("*") if path.is_dir() else [path]) if each.is_file()]


def test_spec_cannot_replace_the_tags_of_the_runner(checkout: Checkout) -> None:
    tags = {
        "mlflow.parentRunId": "0" * 32,
        "mlflow.runName": "other",
        "azureml.local.folder": "/",
        "azureml.local.reused_from": "0" * 32,
        "team": "risk",
    }
    checkout.pipeline({"a": job("true", tags=tags)}, tags=tags)
    checkout.run()
    with sqlite3.connect(checkout.folder / ".local/mlflow.db") as store:
        rows = store.execute("SELECT key, value, run_uuid FROM tags").fetchall()
    assert [value for key, value, _ in rows if key == "team"] == ["risk", "risk"]
    assert not {("mlflow.parentRunId", "0" * 32), ("azureml.local.folder", "/")} & {row[:2] for row in rows}
    assert not [row for row in rows if row[0] == "azureml.local.reused_from" or row[1] == "other"]


@pytest.mark.parametrize("end", ["/..", "/%2e%2e"])
def test_address_without_a_name_of_its_own(checkout: Checkout, end: str) -> None:
    with serving(Container({})) as container:
        given = {"x": {"type": "uri_file", "path": f"http://{container.host}/box{end}"}}
        checkout.pipeline({"a": job("true", inputs=given)})
        assert "Not Found" in checkout.run(code=1).out
