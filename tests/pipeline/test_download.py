"""download_data.py against a server on loopback that delivers what it should, or does not."""

import hashlib
import importlib.util
import io
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from layout import ROOT

# The sample stands for the real file, whose size and SHA-256 are replaced by the sample's.
CONTENT = (ROOT / "data" / "credit_card_synthetic.csv").read_bytes()

specification = importlib.util.spec_from_file_location(
    "download_data", ROOT / "scripts" / "dev" / "download_data.py"
)
download_data = importlib.util.module_from_spec(specification)
specification.loader.exec_module(download_data)


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as files:
        for name in names:
            files.writestr(name, b"a workbook")
    return stream.getvalue()


def bomb() -> bytes:
    """A small archive whose workbook has 60 MB."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as files,
        files.open("default of credit card clients.xls", "w", force_zip64=True) as workbook,
    ):
        for _ in range(6):
            workbook.write(bytes(10_000_000))
    return stream.getvalue()


def encrypted() -> bytes:
    """An archive that says its workbook is encrypted."""
    content = bytearray(archive("default of credit card clients.xls"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


ANSWERS = {
    "/good": CONTENT,
    "/truncated": CONTENT,
    "/short": CONTENT[:1000],
    "/long": CONTENT + b"1,2,3\n",
    "/wrong": CONTENT[:-2] + b"9\n",
    "/html": b"<!DOCTYPE html>",
    "/empty": b"",
    "/stalled": CONTENT,
    "/archive": archive("default of credit card clients.xls"),
    "/archive-without-xls": archive("readme.txt"),
    "/broken-archive": archive("default of credit card clients.xls")[:60],
    "/bomb": bomb(),
    "/encrypted": encrypted(),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = ANSWERS.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.path in ("/truncated", "/stalled"):
            body = body[:5000]
        self.wfile.write(body or b"")
        if self.path == "/stalled":
            self.wfile.flush()
            time.sleep(1)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.asked = []
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def run(server, tmp_path, monkeypatch):
    """Downloads to data.csv in a new folder; a path starting with / is asked of the server on loopback."""
    server.asked.clear()
    monkeypatch.setattr(download_data, "SIZE", len(CONTENT))
    monkeypatch.setattr(download_data, "SHA256", hashlib.sha256(CONTENT).hexdigest())

    def download(*addresses: str) -> tuple[int, Path]:
        arguments = ["--to", str(tmp_path / "data.csv"), "--timeout", "0.3"]
        for address in addresses:
            base = f"http://127.0.0.1:{server.server_port}" if address.startswith("/") else ""
            arguments += ["--address", base + address]
        return download_data.main(arguments), tmp_path / "data.csv"

    return download


def test_the_first_address_that_delivers_is_taken(run, server, capsys):
    code, file = run("/missing", "/wrong", "/good", "/html")
    assert (code, file.read_bytes()) == (0, CONTENT)
    assert server.asked == ["/missing", "/wrong", "/good"]
    assert "404" in capsys.readouterr().err


def test_what_is_there_and_right_is_not_downloaded_again(run, server, capsys):
    run("/good")
    server.asked.clear()
    code, _ = run("/good")
    assert (code, server.asked) == (0, [])
    assert "already there" in capsys.readouterr().out


def test_what_is_there_and_wrong_is_replaced(run, tmp_path):
    (tmp_path / "data.csv").write_text("an older file")
    code, file = run("/good")
    assert (code, file.read_bytes()) == (0, CONTENT)


FAILURES = {
    "/missing": "404",
    "/truncated": "5,000 bytes instead of 244,983",
    "/short": "1,000 bytes instead of 244,983",
    "/long": "244,989 bytes instead of 244,983",
    "/wrong": "the SHA-256 is not that of the data",
    "/html": "15 bytes instead of 244,983",
    "/empty": "0 bytes instead of 244,983",
    "/stalled": "timed out",
    "/archive-without-xls": "the archive holds 0 .xls files instead of one",
    "/broken-archive": "the archive is damaged",
    "/bomb": "the .xls in the archive has 60,000,000 bytes",
    "/encrypted": "the archive is damaged",
    "http://127.0.0.1:1/refused": "refused",
    "nonsense": "unknown url type",
}


@pytest.mark.parametrize(("address", "reason"), FAILURES.items(), ids=FAILURES)
def test_a_failure_is_one_line_and_changes_nothing(address, reason, run, tmp_path, capsys):
    (tmp_path / "data.csv").write_text("an older file")
    code, file = run(address)
    lines = capsys.readouterr().err.splitlines()
    assert code == 1 and len(lines) == 3
    assert address in lines[0] and reason in lines[0]
    assert "by hand" in lines[2]
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]
    assert file.read_text() == "an older file"


def test_the_workbook_in_ucis_archive_becomes_the_same_csv(run, monkeypatch):
    rows = [[cell(value) for value in line.split(",")] for line in CONTENT.decode().splitlines()]
    sheet = SimpleNamespace(nrows=len(rows), row_values=rows.__getitem__)
    workbook = SimpleNamespace(sheet_by_index=lambda index: sheet)
    reader = SimpleNamespace(open_workbook=lambda **options: workbook)
    monkeypatch.setitem(sys.modules, "xlrd", reader)
    code, file = run("/archive")
    assert (code, file.read_bytes()) == (0, CONTENT)


def cell(value: str) -> str | float:
    """A cell as xlrd reads it: numbers are floats."""
    return float(value) if value.lstrip("-").isdigit() else value


def test_without_xlrd_the_archive_says_what_is_missing(run, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "xlrd", None)
    assert run("/archive")[0] == 1
    assert "pip install xlrd==2.0.2" in capsys.readouterr().err
