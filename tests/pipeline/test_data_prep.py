"""data_prep: the layouts it reads, what the data contract refuses and in which words, and the split."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from layout import ROOT
from pipeline_steps import REAL, SAMPLE, SCHEMA, TARGET, needs_real_data, refused, step

CODES, HEADER, *ROWS = SAMPLE.read_text().splitlines()[:602]
NAMES = HEADER.split(",")
data_prep = step("data_prep")


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path, monkeypatch):
    """Relative paths in arguments and messages are those of a new folder; nothing is tracked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(data_prep, "log", lambda *args: None)


def arguments(*more: str) -> list[str]:
    given = ["--data", "data.csv", "--schema", str(SCHEMA), "--train_data", "train", "--test_data", "test"]
    return [*given, *more]


def prepare(*more: str) -> None:
    data_prep.data_prep(data_prep.parser().parse_args(arguments(*more)))


def text(*rows: str, header: tuple[str, ...] = (CODES, HEADER)) -> str:
    return "\n".join([*header, *rows]) + "\n"


def changed(column: str, change: Callable[[int, str], str]) -> str:
    """Return the sample with a column changed; the change gets the line in the file and the value."""
    place = NAMES.index(column)
    rows = [row.split(",") for row in ROWS]
    for line, row in enumerate(rows, start=3):
        row[place] = change(line, row[place])
    return text(*map(",".join, rows))


def at(line: int, column: str, value: str) -> str:
    return changed(column, lambda here, old: value if here == line else old)


def written() -> pd.DataFrame:
    """Return train and test data as one, without what only the test data has."""
    train = pd.read_parquet("train/train.parquet")
    return pd.concat([train, pd.read_parquet("test/test.parquet")[list(train)]])


KAGGLE = HEADER.replace(TARGET, "default.payment.next.month")
LAYOUTS = {
    "tutorial": text(*ROWS),
    "one header line": text(*ROWS, header=(HEADER,)),
    "kaggle": text(*ROWS, header=(KAGGLE,)),
    "kaggle with amounts as 20000.0": text(
        *(r.replace("0000,", "0000.0,", 1) for r in ROWS), header=(KAGGLE,)
    ),
    "short target name": text(*ROWS, header=(HEADER.replace(TARGET, "default"),)),
    "byte order mark": "\ufeff" + text(*ROWS),
    "byte order mark, one header line": "\ufeff" + text(*ROWS, header=(HEADER,)),
    "semicolons from Excel": "\ufeff" + text(*ROWS).replace(",", ";").replace("\n", "\r\n"),
    "tabs": text(*ROWS).replace(",", "\t"),
    "quoted": text(
        *(",".join(f'"{v}"' for v in row.split(",")) for row in (CODES, HEADER, *ROWS)), header=()
    ),
    "spaces around names": text(*ROWS, header=(CODES, HEADER.replace(",", " , "))),
    "no line break at the end": text(*ROWS).rstrip(),
    "blank lines": text(*ROWS).replace("\n", "\n\n").replace("\n\n", "\n", 1),
    "other order of columns": text(*(",".join(row.split(",")[::-1]) for row in (HEADER, *ROWS)), header=()),
    "columns that nobody asked for": text(*(f"é,{row}" for row in ROWS), header=(f"name,{HEADER}",)),
}


@pytest.mark.parametrize("content", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_same_data(content):
    Path("data.csv").write_bytes(content.encode())
    prepare()
    found = written()
    columns = list(found)
    expected = pd.DataFrame([map(int, row.split(",")) for row in ROWS], columns=NAMES)[columns]
    pd.testing.assert_frame_equal(
        found.sort_values(columns).reset_index(drop=True),
        expected.sort_values(columns).reset_index(drop=True),
        check_dtype=False,
    )


def test_the_sensitive_columns_are_only_in_the_test_data():
    prepare("--data", str(SAMPLE))
    sensitive = {name for name, column in contract()["columns"].items() if column.get("sensitive")}
    train, test = pd.read_parquet("train/train.parquet"), pd.read_parquet("test/test.parquet")
    assert sensitive and not sensitive & set(train)
    assert set(test) == set(train) | sensitive | {"ID"}


@pytest.mark.parametrize("neighbor", [None, ".hidden.csv", "_SUCCESS", "notes.md"])
def test_a_folder_with_one_data_file(neighbor):
    Path("folder").mkdir()
    Path("folder/data.csv").write_text(text(*ROWS))
    if neighbor:
        Path("folder", neighbor).write_text("x")
    prepare("--data", "folder")


def test_missing_and_fractional_features_are_kept():
    Path("data.csv").write_text(at(3, "PAY_0", "").replace("\n2,390000,", "\n2,390000.5,"))
    prepare()
    assert written()["PAY_0"].isna().sum() == 1
    assert 390000.5 in set(written()["LIMIT_BAL"])


GOOD = text(*ROWS)
AT = "data.csv: line 17, column"
BAD_FILES = {
    "text": (at(17, "AGE", "thirty"), f"{AT} 'AGE': 'thirty' is not a number"),
    "thousands": (at(17, "BILL_AMT1", '"12,345"'), f"{AT} 'BILL_AMT1': '12,345' is not a number"),
    "infinite": (at(17, "PAY_AMT2", "inf"), f"{AT} 'PAY_AMT2': 'inf' is not a number"),
    "date": (at(17, "AGE", "2020-01-01"), f"{AT} 'AGE': '2020-01-01' is not a number"),
    "true": (
        changed("AGE", lambda *_: "true"),
        "column 'AGE': 'true' is not a number (and 599 more)",
    ),
    "broken encoding": (at(17, "AGE", "\xe9").encode("latin-1"), f"{AT} 'AGE': '\ufffd' is not a number"),
    "line break": (at(17, "AGE", '"2\n4"'), f"{AT} 'AGE': '2\\n4' is not a number"),
    "after a blank line": (
        at(17, "AGE", "x").replace("\n3,", "\n\n3,"),
        "line 18, column 'AGE': 'x' is not a number",
    ),
    "target missing": (at(17, TARGET, ""), f"{AT} '{TARGET}': the value is missing"),
    "target 2": (at(17, TARGET, "2"), f"{AT} '{TARGET}': '2' is not one of 0, 1"),
    "target in words": (at(17, TARGET, "yes"), f"{AT} '{TARGET}': 'yes' is not a number"),
    "client twice": (at(17, "ID", "5"), f"{AT} 'ID': client '5' appeared before"),
    "client missing": (at(17, "ID", ""), f"{AT} 'ID': the value is missing"),
    "column missing": (GOOD.replace("PAY_0", "PAY_O"), "1 missing column(s): 'PAY_0'; not expected: 'PAY_O'"),
    "target column missing": (GOOD.replace(TARGET, "y"), f"missing column(s): '{TARGET}'; not expected: 'y'"),
    "two targets": (
        text(*(f"{r},0" for r in ROWS), header=(f"{HEADER},default",)),
        f"line 1: column '{TARGET}' appears 2 times: '{TARGET}' and 'default'; keep one",
    ),
    "column twice": (text(*(f"{r},0" for r in ROWS), header=(f"{HEADER},AGE",)), "'AGE' appears 2 times"),
    "no header": (text(*ROWS, header=()), "line 1: 25 missing column(s)"),
    "header only": (text(), "0 clients are too few, at least 500 are needed"),
    "few clients": (text(*ROWS[:49]), "49 clients are too few, at least 500 are needed"),
    "value too few": (GOOD.replace("\n15,", "\n"), "line 17: 24 values under 25 columns"),
    "value too many": (GOOD.replace("\n15,", "\n15,1,"), "line 17: 26 values under 25 columns"),
    "quote never closed": (at(17, "AGE", '"24'), "line 17: 6 values under 25 columns"),
    "cut off": (GOOD[:20_000], "values under 25 columns"),
    "empty": ("", "data.csv: the file is empty"),
    "blank lines only": ("\ufeff\n \n", "data.csv: the file is empty"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an Excel workbook; save it as CSV first"),
    "xlsx": (b"PK\x03\x04" + bytes(600), "an Excel workbook; save it as CSV first"),
    "UTF-16": (GOOD.encode("utf-16"), "not a text file in UTF-8"),
    "HTML": ("<!DOCTYPE html>\n<p>404</p>\n", "line 1: 25 missing column(s)"),
    # The contract proper: values that can be read and are wrong.
    "code not in the list": (at(17, "SEX", "7"), f"{AT} 'SEX': '7' is not one of 1, 2"),
    "below its range": (at(17, "AGE", "-5"), f"{AT} 'AGE': '-5' is below 18"),
    "above its range": (at(17, "AGE", "250"), f"{AT} 'AGE': '250' is above 120"),
    "fraction of a year": (at(17, "AGE", "30.5"), f"{AT} 'AGE': '30.5' is not an integer"),
    "almost all missing": (
        changed("PAY_0", lambda line, old: old if line % 100 == 0 else ""),
        "data.csv: column 'PAY_0': 99.0% of the values are missing, at most 5.0% may be",
    ),
    "all missing": (
        changed("PAY_0", lambda *_: ""),
        "data.csv: column 'PAY_0': 100.0% of the values are missing, at most 5.0% may be",
    ),
    "another unit": (
        changed("LIMIT_BAL", lambda _, old: str(int(old) / 100)),
        "line 3, column 'LIMIT_BAL': '200.0' is below 1,000 (and",
    ),
    "another unit within the range": (
        changed("BILL_AMT1", lambda _, old: str(int(old) / 100)),
        "data.csv: column 'BILL_AMT1': the median 345.77 is not between 2,000 and 500,000",
    ),
    "nearly all default": (
        changed(TARGET, lambda line, _: str(int(line % 50 < 39))),
        f"column '{TARGET}': 78.0% of the values are 1, expected 10.0% to 40.0%",
    ),
    "nobody defaults": (changed(TARGET, lambda *_: "0"), "0.0% of the values are 1, expected 10.0% to 40.0%"),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_one_line_and_no_output(content, message, capsys, monkeypatch):
    Path("data.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    error = refused(data_prep, "data_prep", arguments(), capsys, monkeypatch)
    assert message in error and error.count("\n") == 1
    assert not [path for folder in ("train", "test") for path in Path(folder).iterdir()]


def test_every_breach_is_told_at_once(capsys, monkeypatch):
    rows = at(17, "AGE", "-5").splitlines()
    rows[19] = rows[19].replace(",2,", ",7,", 1)
    Path("data.csv").write_text("\n".join(rows))
    error = refused(data_prep, "data_prep", arguments(), capsys, monkeypatch).splitlines()
    assert len(error) == 2
    assert "line 20, column" in error[0] and "line 17, column 'AGE'" in error[1]


def contract() -> dict:
    return yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))


BAD_CONTRACTS = {
    "not YAML": ("a: [", "schema.yml: not YAML: line 1: "),
    "a list": ("- a", "schema.yml: expected a mapping, found ['a']"),
    "no columns": ({"identifier": "ID", "target": {"name": "y"}}, "schema.yml: the key 'columns' is missing"),
    "misspelled key": (contract() | {"min_row": 5}, "unknown key 'min_row'; did you mean 'min_rows'?"),
    "key of a column": (
        contract() | {"columns": {"AGE": {"type": "integer", "mni": 5}}},
        "schema.yml: columns.AGE: unknown key 'mni'; did you mean 'min'?",
    ),
    "no type": (contract() | {"columns": {"AGE": {}}}, "schema.yml: columns.AGE: the key 'type' is missing"),
    "unknown type": (
        contract() | {"columns": {"AGE": {"type": "float"}}},
        "schema.yml: columns.AGE.type: 'float' is not one of integer, number, string",
    ),
    "range in words": (
        contract() | {"columns": {"AGE": {"type": "integer", "min": "young"}}},
        "schema.yml: columns.AGE.min: expected a number, found 'young'",
    ),
    "half a range": (
        contract() | {"target_rate": [0.1]},
        "schema.yml: target_rate: expected two numbers, found [0.1]",
    ),
    "three targets": (
        contract() | {"target": {"name": TARGET, "values": [0, 1, 2]}},
        "schema.yml: target.values: expected two values",
    ),
    "all sensitive": (
        contract() | {"columns": {"AGE": {"type": "integer", "sensitive": True}}},
        "every column is sensitive",
    ),
}


@pytest.mark.parametrize(("content", "message"), BAD_CONTRACTS.values(), ids=BAD_CONTRACTS)
def test_a_bad_contract_names_the_key(content, message, capsys, monkeypatch):
    Path("data.csv").write_text(GOOD)
    Path("schema.yml").write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    error = refused(data_prep, "data_prep", arguments("--schema", "schema.yml"), capsys, monkeypatch)
    assert message in error and error.count("\n") == 1


BAD_ARGUMENTS = {
    "ratio 0": (["--test_train_ratio", "0"], "--test_train_ratio: 0 is not between 0.01 and 0.99"),
    "ratio not a number": (["--test_train_ratio", "nan"], "nan is not between 0.01 and 0.99"),
    "ratio in words": (["--test_train_ratio", "a quarter"], "'a quarter' is not a number"),
    "seed below 0": (["--seed", "-1"], "--seed: -1 is not between 0"),
    "seed 1.5": (["--seed", "1.5"], "--seed: 1.5 is not an integer"),
    "seed in words": (["--seed", "x"], "--seed: 'x' is not a number"),
    "unknown option": (["--ratio", "0.2"], "unrecognized arguments: --ratio 0.2"),
    "abbreviated option": (["--test_train", "0.2"], "unrecognized arguments: --test_train 0.2"),
    "no such file": (["--data", "nothing.csv"], "nothing.csv: no such file or folder"),
    "empty folder": (["--data", "empty"], "empty: the folder must hold one data file, it holds 0: none"),
    "two files": (["--data", "two"], "two: the folder must hold one data file, it holds 2: a.csv, b.csv"),
    "no contract": (["--schema", "nothing.yml"], "No such file or directory: 'nothing.yml'"),
    "output is a file": (["--train_data", "data.csv"], "File exists: 'data.csv'"),
    "output under a file": (["--test_data", "data.csv/x"], "Not a directory: 'data.csv/x'"),
}


@pytest.mark.parametrize(("given", "message"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_a_bad_argument_is_one_line(given, message, capsys, monkeypatch):
    Path("data.csv").write_text(GOOD)
    Path("empty").mkdir()
    Path("two").mkdir()
    Path("two/a.csv").write_text(GOOD)
    Path("two/b.csv").write_text(GOOD)
    error = refused(data_prep, "data_prep", arguments(*given), capsys, monkeypatch)
    assert message in error and error.count("\n") == 1
    assert not list(Path().glob("t*/*.parquet"))
    assert Path("data.csv").read_text() == GOOD


def test_the_command_itself_fails_without_a_traceback(monkeypatch):
    Path("data.csv").write_text(at(17, "AGE", "thirty"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "components"))
    command = [sys.executable, ROOT / "components/data_prep/data_prep.py", *arguments()]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr == "data_prep: data.csv: line 17, column 'AGE': 'thirty' is not a number\n"


def test_it_is_always_the_same_clients():
    """Which clients are test data is part of what other runs rest on: a library must not change it."""
    chosen = data_prep.choose_test(pd.Series(range(1, 2501)), 0.25, 42)
    assert list(np.flatnonzero(chosen)[:8] + 1) == [11, 13, 19, 23, 25, 38, 39, 54]
    as_text = data_prep.choose_test(pd.Series(map(str, range(1, 2501))), 0.25, 42)
    assert (as_text == chosen).all()


def split(*more: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    prepare(*more)
    return pd.read_parquet("train/train.parquet"), pd.read_parquet("test/test.parquet")


def test_the_same_seed_gives_the_same_split():
    once, again, other = (split("--data", str(SAMPLE), "--seed", seed) for seed in ("7", "7.0", "8"))
    assert all(a.equals(b) for a, b in zip(once, again, strict=True))
    assert not once[1].equals(other[1])


def test_new_and_reordered_clients_move_nobody():
    Path("data.csv").write_text(text(*ROWS[:550]))
    before = set(split()[1]["ID"])
    Path("data.csv").write_text(text(*ROWS[::-1]))
    after = set(split()[1]["ID"])
    assert before == {client for client in after if client <= 550} and len(after) > len(before)


@pytest.mark.parametrize("ratio", ["0.1", "0.25", "0.5"])
def test_the_split_is_complete_and_has_about_the_shares(ratio):
    train, test = split("--data", str(SAMPLE), "--test_train_ratio", ratio)
    assert len(train) + len(test) == 2500
    assert len(test) == pytest.approx(2500 * float(ratio), abs=100)
    assert test[TARGET].mean() == pytest.approx(0.2212, abs=0.04)


def test_a_larger_ratio_only_adds_clients():
    small = split("--data", str(SAMPLE), "--test_train_ratio", "0.1")[1]
    large = split("--data", str(SAMPLE), "--test_train_ratio", "0.3")[1]
    assert set(small["ID"]) < set(large["ID"])


def test_an_earlier_output_survives_bad_data(capsys, monkeypatch):
    train, _ = split("--data", str(SAMPLE))
    Path("data.csv").write_text(at(17, "AGE", "thirty"))
    refused(data_prep, "data_prep", arguments(), capsys, monkeypatch)
    assert pd.read_parquet("train/train.parquet").equals(train)


@needs_real_data
def test_the_real_data():
    prepare("--data", str(REAL))
    data = written()
    assert data.shape == (30_000, 21)
    assert data[TARGET].mean() == pytest.approx(0.2212)
