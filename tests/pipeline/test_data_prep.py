"""data_prep.py: the layouts it reads, what it refuses and in which words, and the split."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from layout import ROOT

SCRIPT = ROOT / "components" / "data_prep" / "data_prep.py"
SAMPLE = ROOT / "data" / "credit_card_synthetic.csv"
REAL = ROOT.parent / "shared" / "data" / "default_of_credit_card_clients.csv"
TARGET = "default payment next month"
CODES, HEADER, *ROWS = SAMPLE.read_text().splitlines()[:302]
NAMES = HEADER.split(",")

specification = importlib.util.spec_from_file_location("data_prep", SCRIPT)
data_prep = importlib.util.module_from_spec(specification)
specification.loader.exec_module(data_prep)


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path, monkeypatch):
    """Relative paths in arguments and messages are those of a new folder; nothing is tracked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(data_prep, "log", lambda *args: None)


def run(*arguments: str) -> int:
    outputs = ["--train_data", "train", "--test_data", "test"]
    try:
        return data_prep.main([*outputs, *arguments])
    except SystemExit as stop:
        return stop.code


def text(*rows: str, header: tuple[str, ...] = (CODES, HEADER)) -> str:
    return "\n".join([*header, *rows]) + "\n"


def changed(line: int, column: str, value: str) -> str:
    """The sample with one value changed."""
    rows = [row.split(",") for row in ROWS]
    rows[line - 3][NAMES.index(column)] = value
    return text(*map(",".join, rows))


def written() -> pd.DataFrame:
    return pd.concat([pd.read_parquet("train/train.parquet"), pd.read_parquet("test/test.parquet")])


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
    "semicolons": text(*ROWS).replace(",", ";"),
    "semicolons from Excel": "\ufeff" + text(*ROWS).replace(",", ";").replace("\n", "\r\n"),
    "tabs": text(*ROWS).replace(",", "\t"),
    "CRLF": text(*ROWS).replace("\n", "\r\n"),
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
    assert run("--data", "data.csv") == 0
    expected = pd.DataFrame([map(int, row.split(",")[1:]) for row in ROWS], columns=NAMES[1:])
    found = written().sort_values(NAMES[1:]).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        found, expected.sort_values(NAMES[1:]).reset_index(drop=True), check_dtype=False
    )


@pytest.mark.parametrize("neighbour", [None, ".hidden.csv", "_SUCCESS", "notes.md"])
def test_a_folder_with_one_data_file(neighbour):
    Path("folder").mkdir()
    Path("folder/data.csv").write_text(text(*ROWS))
    if neighbour:
        Path("folder", neighbour).write_text("x")
    assert run("--data", "folder") == 0


def test_missing_and_fractional_features_are_kept():
    Path("data.csv").write_text(changed(3, "AGE", "").replace("\n2,390000,", "\n2,390000.5,"))
    assert run("--data", "data.csv") == 0
    assert written()["AGE"].isna().sum() == 1
    assert 390000.5 in set(written()["LIMIT_BAL"])


GOOD = text(*ROWS)
WITHOUT_DEFAULTS = [row for row in ROWS if row.endswith(",0")]
AT = "line 17, column"
BAD_FILES = {
    "text": (changed(17, "AGE", "thirty"), f"{AT} 'AGE': 'thirty' is not a number"),
    "thousands separator": (
        changed(17, "BILL_AMT1", '"12,345"'),
        f"{AT} 'BILL_AMT1': '12,345' is not a number",
    ),
    "infinite": (changed(17, "PAY_AMT2", "inf"), f"{AT} 'PAY_AMT2': 'inf' is not a number"),
    "date": (changed(17, "AGE", "2020-01-01"), f"{AT} 'AGE': '2020-01-01' is not a number"),
    "blank": (changed(17, "AGE", "  "), f"{AT} 'AGE': '  ' is not a number"),
    "broken encoding": (
        changed(17, "AGE", "\xe9").encode("latin-1"),
        f"{AT} 'AGE': '\ufffd' is not a number",
    ),
    "line break": (changed(17, "AGE", '"2\n4"'), f"{AT} 'AGE': '2\\n4' is not a number"),
    "after a blank line": (
        changed(17, "AGE", "x").replace("\n3,", "\n\n3,"),
        "line 18, column 'AGE': 'x' is",
    ),
    "target missing": (changed(17, TARGET, ""), f"{AT} '{TARGET}': the value is missing"),
    "target 2": (changed(17, TARGET, "2"), f"{AT} '{TARGET}': '2' is neither 0 nor 1"),
    "target 0.5": (changed(17, TARGET, "0.5"), f"{AT} '{TARGET}': '0.5' is neither 0 nor 1"),
    "target in words": (changed(17, TARGET, "yes"), f"{AT} '{TARGET}': 'yes' is not a number"),
    "one class": (text(*WITHOUT_DEFAULTS), f"column '{TARGET}' is 1 for 0 clients"),
    "client twice": (changed(17, "ID", "5"), f"{AT} 'ID': client '5' was there before"),
    "client missing": (changed(17, "ID", ""), f"{AT} 'ID': the value is missing"),
    "empty column": (
        text(*(r.replace(",2,", ",,") for r in ROWS)).replace(",1,", ",,"),
        "'SEX' has no values",
    ),
    "column missing": (
        GOOD.replace("PAY_0", "PAY_1"),
        "line 2: 1 missing column(s): 'PAY_0'; not expected: 'PAY_1'",
    ),
    "target column missing": (GOOD.replace(TARGET, "y"), f"missing column(s): '{TARGET}'; not expected: 'y'"),
    "two targets": (
        text(*(f"{r},0" for r in ROWS), header=(f"{HEADER},default",)),
        "line 1: two target columns",
    ),
    "column twice": (text(*(f"{r},0" for r in ROWS), header=(f"{HEADER},AGE",)), "'AGE' appears 2 times"),
    "no header": (text(*ROWS, header=()), "line 1: 25 missing column(s)"),
    "header only": (text(), "0 clients are too few, at least 50 are needed"),
    "few clients": (text(*ROWS[:49]), "49 clients are too few"),
    "value too few": (GOOD.replace("\n15,", "\n"), "line 17: 24 values under 25 columns"),
    "value too many": (GOOD.replace("\n15,", "\n15,1,"), "line 17: 26 values under 25 columns"),
    "quote never closed": (changed(17, "AGE", '"24'), "line 17: 6 values under 25 columns"),
    "cut off": (GOOD[:20_000], "values under 25 columns"),
    "empty": ("", "the file is empty"),
    "blank lines only": ("\ufeff\n \n", "the file is empty"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an Excel workbook; save it as CSV first"),
    "xlsx": (b"PK\x03\x04" + bytes(600), "an Excel workbook; save it as CSV first"),
    "UTF-16": (GOOD.encode("utf-16"), "not a text file in UTF-8"),
    "binary": (bytes(range(256)), "not a text file in UTF-8"),
    "HTML": ("<!DOCTYPE html>\n<p>404</p>\n", "line 1: 25 missing column(s)"),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_one_line_and_no_output(content, message, capsys):
    Path("data.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert run("--data", "data.csv") == 2
    error = capsys.readouterr().err
    assert error.startswith("data_prep: data.csv: ") and message in error
    assert error.count("\n") == 1
    assert not [path for folder in ("train", "test") for path in Path(folder).iterdir()]


BAD_ARGUMENTS = {
    "ratio 0": (["--test_train_ratio", "0"], "--test_train_ratio: 0 is not between 0 and 1"),
    "ratio 1": (["--test_train_ratio", "1.0"], "--test_train_ratio: 1.0 is not between 0 and 1"),
    "ratio below 0": (["--test_train_ratio", "-0.1"], "--test_train_ratio: -0.1 is not between 0 and 1"),
    "ratio not a number": (["--test_train_ratio", "nan"], "--test_train_ratio: nan is not between 0 and 1"),
    "ratio in words": (
        ["--test_train_ratio", "a quarter"],
        "--test_train_ratio: 'a quarter' is not a number",
    ),
    "ratio too small": (
        ["--test_train_ratio", "0.001"],
        "too few for train and test data at a ratio of 0.001",
    ),
    "seed below 0": (["--seed", "-1"], "--seed: -1 is not a whole number from 0"),
    "seed 1.5": (["--seed", "1.5"], "--seed: 1.5 is not a whole number from 0"),
    "seed in words": (["--seed", "x"], "--seed: 'x' is not a whole number"),
    "seed too large": (["--seed", "4294967296"], "--seed: 4294967296 is not a whole number from 0"),
    "unknown option": (["--ratio", "0.2"], "unrecognized arguments: --ratio 0.2"),
    "abbreviated option": (["--test_train", "0.2"], "unrecognized arguments: --test_train 0.2"),
    "no such file": (["--data", "nothing.csv"], "nothing.csv: no such file or folder"),
    "empty folder": (["--data", "empty"], "empty: the folder must hold one data file, it holds 0: none"),
    "two files": (["--data", "two"], "two: the folder must hold one data file, it holds 2: a.csv, b.csv"),
    "output is a file": (["--train_data", "data.csv"], "File exists: 'data.csv'"),
    "output under a file": (["--test_data", "data.csv/x"], "Not a directory: 'data.csv/x'"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_a_bad_argument_is_one_line(arguments, message, capsys):
    Path("data.csv").write_text(GOOD)
    Path("empty").mkdir()
    Path("two").mkdir()
    Path("two/a.csv").write_text(GOOD)
    Path("two/b.csv").write_text(GOOD)
    assert run("--data", "data.csv", *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("data_prep: ") and message in error
    assert error.count("\n") == 1
    assert not list(Path().glob("t*/*.parquet"))
    assert Path("data.csv").read_text() == GOOD


def test_the_command_itself_fails_without_a_traceback():
    Path("data.csv").write_text(changed(17, "AGE", "thirty"))
    command = [sys.executable, SCRIPT, "--data", "data.csv", "--train_data", "train", "--test_data", "test"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr == "data_prep: data.csv: line 17, column 'AGE': 'thirty' is not a number\n"


def split(seed: str, ratio: str = "0.25") -> tuple[pd.DataFrame, pd.DataFrame]:
    assert run("--data", str(SAMPLE), "--seed", seed, "--test_train_ratio", ratio) == 0
    return pd.read_parquet("train/train.parquet"), pd.read_parquet("test/test.parquet")


def test_the_same_seed_gives_the_same_split():
    once, again, other = split("7"), split("7.0"), split("8")
    assert all(a.equals(b) for a, b in zip(once, again, strict=True))
    assert not once[1].equals(other[1])


@pytest.mark.parametrize("ratio", ["0.1", "0.25", "0.5"])
def test_the_split_is_stratified_and_complete(ratio):
    train, test = split("42", ratio)
    assert len(test) == pytest.approx(2500 * float(ratio), abs=1)
    assert train[TARGET].mean() == pytest.approx(0.2212, abs=0.002)
    assert test[TARGET].mean() == pytest.approx(0.2212, abs=0.002)
    rows = pd.read_csv(SAMPLE, header=1, index_col=0)
    both = pd.concat([train, test]).sort_values(list(rows)).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        both, rows.sort_values(list(rows)).reset_index(drop=True), check_dtype=False
    )


def test_an_earlier_output_survives_bad_data():
    train, _ = split("42")
    Path("data.csv").write_text(changed(17, "AGE", "thirty"))
    assert run("--data", "data.csv") == 2
    assert pd.read_parquet("train/train.parquet").equals(train)


@pytest.mark.skipif(not REAL.exists(), reason=f"the real data is not at {REAL}")
def test_the_real_data():
    assert run("--data", str(REAL)) == 0
    data = written()
    assert data.shape == (30_000, 24)
    assert data[TARGET].mean() == pytest.approx(0.2212)
