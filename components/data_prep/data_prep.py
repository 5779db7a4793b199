"""Checks the file of credit card clients and splits it, stratified by default, into train and test data.

Reads the "Default of Credit Card Clients" data in the layouts that are in circulation: one or two
header lines, any of the names in TARGETS, separated by comma, semicolon or tab, with or without a byte
order mark. Bad input is one line on standard error and exit code 2, and leaves no output behind.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

CLIENT = "ID"
FEATURES = [
    *("LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE"),
    *("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"),
    *(f"BILL_AMT{month}" for month in range(1, 7)),
    *(f"PAY_AMT{month}" for month in range(1, 7)),
]
TARGET = "default payment next month"
TARGETS = (TARGET, "default.payment.next.month", "default")
# Below 40 training rows HistGradientBoostingClassifier (min_samples_leaf 20) cannot split even once.
MIN_CLIENTS = 50
NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
EXCEL_SIGNATURES = (b"\xd0\xcf\x11\xe0", b"PK\x03\x04")


class BadInput(Exception):
    """The data cannot be used; the message is for the person who must mend it."""


@dataclass(frozen=True)
class Layout:
    """Where the header of a file is and what it says."""

    file: Path
    delimiter: str
    line: int
    names: list[str]

    @property
    def target(self) -> str:
        """The name that this file gives to the target."""
        return next(name for name in TARGETS if name in self.names)

    @property
    def columns(self) -> list[str]:
        return [CLIENT, *FEATURES, self.target]


class Parser(argparse.ArgumentParser):
    """Says what is wrong with an argument in one line, without the usage text."""

    def error(self, message: str) -> None:
        self.exit(2, f"data_prep: {message}\n")


def ratio(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def seed(text: str) -> int:
    """A seed; Azure ML may pass the integer 42 as 42.0."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not number.is_integer() or not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 0 to {2**32 - 1}")
    return int(number)


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = Parser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True, help="the clients' file or its folder")
    parser.add_argument("--test_train_ratio", type=ratio, default=0.25, help="share of the test data")
    parser.add_argument("--seed", type=seed, default=42, help="the same seed gives the same split")
    parser.add_argument("--train_data", type=Path, required=True, help="folder to write train.parquet to")
    parser.add_argument("--test_data", type=Path, required=True, help="folder to write test.parquet to")
    return parser.parse_args(argv)


def find_file(path: Path) -> Path:
    """The data file: `path` itself, or the only one in the folder `path`."""
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder")
    if not path.is_dir():
        return path
    files = sorted(file for file in path.iterdir() if file.is_file() and file.name[0] not in "._")
    found = [file for file in files if file.suffix.lower() in (".csv", ".tsv")] or files
    if len(found) != 1:
        names = ", ".join(file.name for file in found[:5]) or "none"
        raise BadInput(f"{path}: the folder must hold one data file, it holds {len(found)}: {names}")
    return found[0]


def read_head(file: Path) -> list[str]:
    """The first lines of the file, once it is known to be text."""
    with file.open("rb") as stream:
        head = stream.read(1 << 16)
    if head.startswith(EXCEL_SIGNATURES):
        raise BadInput(f"{file}: an Excel workbook; save it as CSV first")
    if b"\0" in head:
        raise BadInput(f"{file}: not a text file in UTF-8; save it as CSV in UTF-8")
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadInput(f"{file}: the file is empty")
    return head.decode("utf-8-sig", errors="replace").splitlines()


def find_layout(file: Path) -> Layout:
    """The header is on line 1 or 2, wherever more of the expected names are."""
    expected = {CLIENT, *FEATURES, *TARGETS}
    layouts = [
        Layout(file, delimiter, line, split_names(text, delimiter))
        for line, text in enumerate(read_head(file)[:2], start=1)
        for delimiter in ",;\t"
    ]
    layout = max(layouts, key=lambda layout: len(expected.intersection(layout.names)))
    check_header(layout)
    return layout


def split_names(text: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([text], delimiter=delimiter), [])]


def check_header(layout: Layout) -> None:
    where = f"{layout.file}: line {layout.line}"
    targets = [name for name in TARGETS if name in layout.names] or [TARGET]
    if len(targets) > 1:
        raise BadInput(f"{where}: two target columns, '{targets[0]}' and '{targets[1]}'; keep one")
    expected = [CLIENT, *FEATURES, *targets]
    missing = [name for name in expected if name not in layout.names]
    if missing:
        unknown = [name for name in layout.names if name not in expected]
        hint = f"; not expected: {quoted(unknown)}" if unknown else ""
        raise BadInput(f"{where}: {len(missing)} missing column(s): {quoted(missing)}{hint}")
    twice = [name for name in expected if layout.names.count(name) > 1]
    if twice:
        raise BadInput(f"{where}: column '{twice[0]}' appears {layout.names.count(twice[0])} times")


def quoted(names: list[str], limit: int = 5) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def read_table(layout: Layout) -> pa.Table:
    """The expected columns, as 32-bit integers if the whole file allows it, else as what they look like.

    Kaggle's copy writes amounts as 20000.0, and a value that is no number turns its column into text.
    """
    for types in (dict.fromkeys(layout.columns, pa.int32()), None):
        try:
            return pa.csv.read_csv(
                layout.file,
                read_options=pa.csv.ReadOptions(skip_rows=layout.line, column_names=layout.names),
                parse_options=pa.csv.ParseOptions(delimiter=layout.delimiter),
                convert_options=pa.csv.ConvertOptions(include_columns=layout.columns, column_types=types),
            )
        except pa.ArrowInvalid as error:
            reason = str(error).splitlines()[0]
    for line, row in rows(layout):
        if len(row) != len(layout.names):
            raise BadInput(f"{layout.file}: line {line}: {len(row)} values under {len(layout.names)} columns")
    raise BadInput(f"{layout.file}: {reason}")


def rows(layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """First line and values of each row below the header: slow, for error messages only."""
    csv.field_size_limit(2**31 - 1)  # a quote that is never closed makes the rest of the file one value
    with layout.file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        reader = csv.reader(stream, delimiter=layout.delimiter)
        line = 1
        for row in reader:
            if row and line > layout.line:
                yield line, row
            line = reader.line_num + 1


def bad_value(layout: Layout, name: str, bad: pa.ChunkedArray, problem: str) -> BadInput:
    """The error for the first row where `bad` holds, with its line in the file and its value there."""
    line, row = next(islice(rows(layout), pc.index(bad, True).as_py(), None))
    value = row[layout.names.index(name)]
    return BadInput(f"{layout.file}: line {line}, column '{name}': {problem.format(value=repr(value))}")


def check_values(layout: Layout, table: pa.Table) -> None:
    """Raises BadInput for too few rows or a value that cannot be used."""
    if len(table) < MIN_CLIENTS:
        raise BadInput(f"{layout.file}: {len(table)} clients are too few, at least {MIN_CLIENTS} are needed")
    for name in [*FEATURES, layout.target]:
        bad = not_numbers(table[name])
        if pc.any(bad).as_py():
            raise bad_value(layout, name, bad, "{value} is not a number")
        if table[name].null_count == len(table):
            raise BadInput(f"{layout.file}: column '{name}' has no values")
    for name in (CLIENT, layout.target):
        if table[name].null_count:
            raise bad_value(layout, name, pc.is_null(table[name]), "the value is missing")
    known = pc.is_in(table[layout.target], pa.array([0, 1], table[layout.target].type))
    if not pc.all(known).as_py():
        raise bad_value(layout, layout.target, pc.invert(known), "{value} is neither 0 nor 1")
    check_clients(layout, table[CLIENT])


def not_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where a column holds something that is neither missing nor a finite number."""
    if pa.types.is_floating(column.type):
        return pc.invert(pc.is_finite(column))
    if pa.types.is_integer(column.type) or pa.types.is_null(column.type):
        return pa.chunked_array([pa.nulls(len(column), pa.bool_())])
    text = column if pa.types.is_binary(column.type) else column.cast(pa.string())
    return pc.invert(pc.match_substring_regex(text, NUMBER))


def check_clients(layout: Layout, clients: pa.ChunkedArray) -> None:
    if pc.count_distinct(clients).as_py() == len(clients):
        return
    codes = clients.combine_chunks().dictionary_encode().indices
    first_rows = np.unique(codes, return_index=True)[1]
    again = np.ones(len(clients), dtype=bool)
    again[first_rows] = False
    raise bad_value(layout, CLIENT, pa.chunked_array([again]), "client {value} was there before")


def choose_test(layout: Layout, target: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Which clients are test data: the same share of those who default and of those who do not."""
    random = np.random.default_rng(seed)
    is_test = np.zeros(len(target), dtype=bool)
    for label in (0, 1):
        clients = np.flatnonzero(target == label)
        wanted = round(len(clients) * share)
        if not 0 < wanted < len(clients):
            raise BadInput(
                f"{layout.file}: column '{layout.target}' is {label} for {len(clients)} clients: too few for"
                f" train and test data at a ratio of {share}"
            )
        is_test[random.choice(clients, wanted, replace=False)] = True
    return is_test


def narrow(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers as 32-bit integers: half the memory of every step that follows."""
    try:
        return column.cast(pa.int32())
    except pa.ArrowInvalid:
        return column.cast(pa.float64())


def prepare(args: argparse.Namespace) -> tuple[pa.Table, pa.Table]:
    """Train and test data, checked. Raises BadInput."""
    layout = find_layout(find_file(args.data))
    table = read_table(layout)
    check_values(layout, table)
    columns = [narrow(table[name]) for name in [*FEATURES, layout.target]]
    is_test = choose_test(layout, columns[-1].to_numpy(), args.test_train_ratio, args.seed)
    table = pa.table(columns, names=[*FEATURES, TARGET])
    return table.filter(pa.array(~is_test)), table.filter(pa.array(is_test))


def write(tables: dict[Path, pa.Table]) -> None:
    """Writes all files under other names first, so that a file with its own name is always whole."""
    unfinished = {path.with_name(f".{path.name}.part"): path for path in tables}
    try:
        for part, path in unfinished.items():
            pq.write_table(tables[path], part)
        for part, path in unfinished.items():
            part.replace(path)
    finally:
        for part in unfinished:
            part.unlink(missing_ok=True)


def log(args: argparse.Namespace, train: pa.Table, test: pa.Table) -> None:
    """Logs to the run that the environment names, as a job on Azure ML has it, else to a new one."""
    import mlflow  # takes 2 s: only now, so that bad data fails at once

    defaults = pc.sum(train[TARGET]).as_py() + pc.sum(test[TARGET]).as_py()
    clients = len(train) + len(test)
    missing = sum(column.null_count for table in (train, test) for column in table.columns)
    with mlflow.start_run():
        mlflow.log_params({"test_train_ratio": args.test_train_ratio, "seed": args.seed})
        mlflow.log_metrics(
            {
                "rows": clients,
                "features": len(FEATURES),
                "default_rate": defaults / clients,
                "missing_values": missing,
                "train_rows": len(train),
                "test_rows": len(test),
            }
        )
    print(f"{clients:,} clients, {len(FEATURES)} features, {defaults / clients:.2%} default")
    print(f"missing values: {missing:,}")


def main(argv: list[str] | None = None) -> int:
    args = parse_arguments(argv)
    try:
        for folder in (args.train_data, args.test_data):
            folder.mkdir(parents=True, exist_ok=True)
        train, test = prepare(args)
        write({args.train_data / "train.parquet": train, args.test_data / "test.parquet": test})
    except (BadInput, OSError) as error:
        print(f"data_prep: {error}", file=sys.stderr)
        return 2
    log(args, train, test)
    print(f"train {len(train):,} rows: {args.train_data / 'train.parquet'}")
    print(f"test  {len(test):,} rows: {args.test_data / 'test.parquet'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
