"""A registered model at work: online in the real inference server, and as a batch; both answer the same."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import numpy as np
import pandas as pd
import pytest
from checkout import Checkout
from layout import ROOT, TESTS
from pipeline_steps import SAMPLE, SCHEMA, refused, step, step_running
from standin.front import free_port

JOB = ROOT / "components" / "score" / "job.yml"
score = step("score")


def model_of(finished) -> Path:
    return finished[1].folder / step_running("train") / "outputs/model"


def score_file(finished, data: Path, *changes: str) -> pd.DataFrame:
    checkout: Checkout = finished[0]
    given = {"data.path": data, "model.path": model_of(finished), "schema.path": SCHEMA}
    done = checkout.run(
        str(JOB), "--set", *(f"inputs.{key}={value}" for key, value in given.items()), *changes
    )
    predictions = done.folder / "score/outputs/predictions/predictions.csv"
    return pd.read_csv(predictions, float_precision="round_trip")


@pytest.fixture(scope="module")
def clients(tmp_path_factory) -> Path:
    """Return a file of 1,000 clients in another order, without the target and with a missing value."""
    sample = pd.read_csv(SAMPLE, header=1).sample(1000, random_state=1)
    sample.drop(columns=["default payment next month", "SEX"]).astype({"PAY_0": "Int64"}).to_csv(
        path := tmp_path_factory.mktemp("clients") / "clients.csv", index=False
    )
    text = path.read_text().splitlines()
    cells = text[1].split(",")
    cells[text[0].split(",").index("BILL_AMT1")] = ""
    path.write_text("\n".join([text[0], ",".join(cells), *text[2:]]) + "\n")
    return path


@pytest.fixture(scope="module")
def batch(finished, clients) -> pd.DataFrame:
    return score_file(finished, clients)


def test_the_batch_keeps_identifiers_and_order(batch, clients):
    assert list(batch) == ["ID", "probability", "default"]
    assert list(batch["ID"]) == list(pd.read_csv(clients)["ID"]) and len(batch) == 1000
    assert batch["probability"].between(0, 1).all()
    assert (batch["default"] == (batch["probability"] >= 0.5)).all()


BAD_FILES = {
    "column missing": (lambda text: text.replace("PAY_AMT6", "PAY_AMT7"), "1 missing column(s): 'PAY_AMT6'"),
    "not a number": (
        lambda text: "\n".join([*text.splitlines()[:2], "1," + "x," * 21 + "x"]),
        "line 3, column 'LIMIT_BAL': 'x' is not a number",
    ),
    "nobody": (lambda text: text.splitlines()[0], "clients.csv: no clients"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_told_by_line_and_column(case, finished, clients, capsys, tmp_path, monkeypatch):
    change, message = BAD_FILES[case]
    monkeypatch.chdir(tmp_path)
    Path("clients.csv").write_text(change(clients.read_text()))
    arguments = ["--data", "clients.csv", "--model", str(model_of(finished)), "--schema", str(SCHEMA)]
    assert message in refused(score, "score", [*arguments, "--predictions", "out"], capsys, monkeypatch)
    assert not Path("out").exists()


def test_a_folder_that_is_not_a_model_is_told(capsys, tmp_path, monkeypatch):
    arguments = ["--data", str(SAMPLE), "--model", str(tmp_path), "--schema", str(SCHEMA)]
    said = refused(score, "score", [*arguments, "--predictions", "out"], capsys, monkeypatch)
    assert "not an MLflow model, it has no file MLmodel" in said


@dataclass
class Server:
    """The inference server of Azure ML's images with one model."""

    address: str

    def post(self, columns: list[str], rows: list[list]) -> tuple[int, object]:
        data = {"columns": columns, "index": list(range(len(rows))), "data": rows}
        return self.send({"input_data": data})

    def send(self, content: object) -> tuple[int, object]:
        body = json.dumps(content).encode()
        request = Request(f"{self.address}/score", body, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=60) as response:
                return response.status, json.loads(response.read())
        except HTTPError as error:
            return error.code, json.loads(error.read())

    def is_up(self) -> bool:
        try:
            with urlopen(self.address, timeout=5):
                return True
        except (URLError, ConnectionError, TimeoutError):
            return False


@pytest.fixture(scope="module")
def server(finished, tmp_path_factory) -> Iterator[Server]:
    """Install the model's own requirements, and nothing else, and start the server as the image does."""
    uv = shutil.which("uv") or str(Path(sys.prefix) / "bin" / "uv")
    folder, model = tmp_path_factory.mktemp("server"), model_of(finished)
    python = folder / "venv" / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", python, "-r", model / "requirements.txt"]
    try:
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True)
        subprocess.run(install, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"the model's requirements cannot be installed here: {getattr(error, 'stderr', error)}")
    shutil.copytree(model, folder / "azureml-models" / "m" / "1" / "model")
    shutil.copy(TESTS / "support" / "serving_script.py", folder)
    port = free_port()
    outside = {
        name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "PYTHON"))
    }
    environment = outside | {
        "AZUREML_MODEL_DIR": str(folder / "azureml-models" / "m" / "1"),
        "MLFLOW_MODEL_FOLDER": "model",
        "PATH": f"{python.parent}:{os.environ['PATH']}",
    }
    command = [python.parent / "azmlinfsrv", "--entry_script", "serving_script.py", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    server = Server(f"http://127.0.0.1:{port}")
    try:
        while not server.is_up():
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait()


def rows_of(model: Path, clients: Path) -> tuple[list[str], list[list]]:
    """Return the model's columns of a file as a caller would send them: JSON numbers and null."""
    signature = json.loads((model / "input_example.json").read_text())["columns"]
    table = pd.read_csv(clients)[signature]
    return signature, json.loads(table.to_json(orient="values"))


def test_the_server_answers_what_the_batch_says(server, finished, clients, batch):
    columns, rows = rows_of(model_of(finished), clients)
    assert any(None in row for row in rows)
    status, answered = server.post(columns, rows)
    assert status == 200
    assert np.array_equal(np.array(answered)[:, 1], batch["probability"])
    assert np.allclose(np.sum(answered, axis=1), 1)


REQUESTS = {
    "one client": (lambda columns, row: (columns, row), 200),
    "integers": (lambda columns, row: (columns, [int(value or 0) for value in row]), 200),
    "doubles": (lambda columns, row: (columns, [float(value or 0) + 0.5 for value in row]), 200),
    "all values missing": (lambda columns, row: (columns, [None] * len(row)), 200),
    "another order": (lambda columns, row: (columns[::-1], row[::-1]), 200),
    "a column too many": (lambda columns, row: ([*columns, "SEX"], [*row, 1]), 200),
    "a wrong column": (lambda columns, row: (["LIMIT", *columns[1:]], row), 400),
    "a column missing": (lambda columns, row: (columns[1:], row[1:]), 400),
    "a word": (lambda columns, row: (columns, ["much", *row[1:]]), 400),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_request(server, finished, clients, case):
    change, expected = REQUESTS[case]
    columns, rows = rows_of(model_of(finished), clients)
    columns, row = change(columns, rows[0])
    status, answered = server.post(columns, [row])
    assert status == expected, answered
    if status == 200:
        ((zero, one),) = answered
        assert 0 <= one <= 1 and zero + one == pytest.approx(1)
    else:
        assert answered["message"]
