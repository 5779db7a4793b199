"""Reads named columns of a CSV file, and tells what is wrong with a value by its line in the file.

The header is on line 1 or 2; values are separated by comma, semicolon or tab; the file is UTF-8, with or
without a byte order mark.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from shared.contract import Column
from shared.step import BadInput

EXCEL_SIGNATURES = (b"\xd0\xcf\x11\xe0", b"PK\x03\x04")
MOST_PROBLEMS = 20  # printed in full; a file with more has another kind of problem


@dataclass(frozen=True)
class Layout:
    """Where the header of a file is, and its names, for the columns of the contract the contract's."""

    file: Path
    delimiter: str
    line: int
    names: list[str]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a column; `rows` says where, unless it is wrong as a whole."""

    column: str
    text: str  # may hold {value}
    rows: np.ndarray | None = None  # of bool, one for each row


def read_columns(path: Path, wanted: list[Column]) -> tuple[Layout, pd.DataFrame]:
    """Return the wanted columns of a file, or of the only file in a folder, under the contract's names.

    Numbers are as small as their values allow, with NaN where one is missing. Raises BadInput.
    """
    file = find_file(path)
    layout = find_layout(file, wanted)
    table = read_table(layout, [column.name for column in wanted])
    columns, problems = {}, []
    for column in wanted:
        values = table.pop(column.name)
        if column.type == "string":
            columns[column.name] = as_text(values)
        elif column.type == "any":
            columns[column.name] = narrow(values) if values.dtype.kind in "iuf" else as_text(values)
        else:
            columns[column.name], bad = as_numbers(values)
            problems += [Problem(column.name, "{value} is not a number", bad)] if bad.any() else []
    if problems:
        raise BadInput(describe(layout, problems))
    return layout, pd.DataFrame(columns, copy=False)  # a copy of 3 million rows takes a second


def as_text(values: pd.Series) -> pd.Series:
    """Return the values as text, and None where one is missing. What is not UTF-8 arrives here as bytes."""
    text = values.astype(object).map(
        lambda value: value.decode(errors="replace") if isinstance(value, bytes) else str(value),
        na_action="ignore",
    )
    return text.where(values.notna(), None)


def as_numbers(values: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Return the values as numbers, and where that is not possible. Infinity is not a number."""
    if values.dtype.kind in "iuf":
        numbers = narrow(values)
    else:
        numbers = pd.to_numeric(as_text(values), errors="coerce")
    bad = (numbers.isna() & values.notna()) | np.isinf(numbers)
    return numbers, bad.to_numpy(bool)


def narrow(values: pd.Series) -> pd.Series:
    """Return numbers as the smallest type that holds them, whole ones as integers."""
    missing = values.isna().any()
    numbers = values.to_numpy("float64", na_value=np.nan) if missing else values.to_numpy()
    is_whole = numbers.dtype.kind in "iu" or (np.isfinite(numbers).all() and not (numbers % 1).any())
    if numbers.size == 0 or missing or not is_whole:
        return pd.Series(numbers, name=values.name)
    low, high = (int(bound) for bound in (numbers.min(), numbers.max()))
    kinds = [np.iinfo(kind) for kind in ("int8", "int16", "int32", "int64")]
    smallest = next((kind.dtype for kind in kinds if kind.min <= low and high <= kind.max), numbers.dtype)
    return pd.Series(numbers.astype(smallest), name=values.name)


def find_file(path: Path) -> Path:
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
    """Return the first lines of a file, once it is known to be text."""
    with file.open("rb") as stream:
        head = stream.read(1 << 16)
    if head.startswith(EXCEL_SIGNATURES):
        raise BadInput(f"{file}: an Excel workbook; save it as CSV first")
    if b"\0" in head:
        raise BadInput(f"{file}: not a text file in UTF-8; save it as CSV in UTF-8")
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadInput(f"{file}: the file is empty")
    return head.decode("utf-8-sig", errors="replace").splitlines()


def find_layout(file: Path, wanted: list[Column]) -> Layout:
    """Find the header: of lines 1 and 2, and of the delimiters, those that give the most expected names."""
    expected = {name for column in wanted for name in column.names}
    layouts = [
        Layout(
            file,
            delimiter,
            line,
            [name.strip() for name in next(csv.reader([text], delimiter=delimiter), [])],
        )
        for line, text in enumerate(read_head(file)[:2], start=1)
        for delimiter in ",;\t"
    ]
    best = max(layouts, key=lambda layout: len(expected.intersection(layout.names)))
    return Layout(file, best.delimiter, best.line, contract_names(best, wanted))


def contract_names(layout: Layout, wanted: list[Column]) -> list[str]:
    """Return the names of the header with aliases replaced. Raises BadInput for missing and double ones."""
    where = f"{layout.file}: line {layout.line}"
    names, missing = list(layout.names), []
    for column in wanted:
        places = [place for place, name in enumerate(layout.names) if name in column.names]
        if len(places) > 1:
            found = " and ".join(f"'{layout.names[place]}'" for place in places)
            raise BadInput(f"{where}: column '{column.name}' appears {len(places)} times: {found}; keep one")
        if not places:
            missing.append(column.name)
            continue
        names[places[0]] = column.name
    if missing:
        known = {column.name for column in wanted}
        unknown = [name for name in names if name not in known]
        hint = f"; not expected: {quoted(unknown)}" if unknown else ""
        raise BadInput(f"{where}: {len(missing)} missing column(s): {quoted(missing)}{hint}")
    return names


def quoted(names: list[str], limit: int = 5) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def read_table(layout: Layout, wanted: list[str]) -> pd.DataFrame:
    places = [layout.names.index(name) for name in wanted]
    try:
        return pd.read_csv(
            layout.file,
            engine="pyarrow",
            sep=layout.delimiter,
            skiprows=layout.line,
            dtype_backend="pyarrow",  # the columns as they were read, without a second copy of all of them
            header=None,
            names=wanted,
            usecols=places,
        )
    except ValueError as error:  # pandas' ParserError is one
        reason = str(error).splitlines()[0]
    line = None
    for line, row in rows(layout):
        if len(row) != len(layout.names):
            raise BadInput(f"{layout.file}: line {line}: {len(row)} values under {len(layout.names)} columns")
    if line is None:  # a header and nothing else
        return pd.DataFrame(columns=wanted)
    raise BadInput(f"{layout.file}: {reason}")


def rows(layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield first line and values of each row below the header: slow, for error messages only."""
    csv.field_size_limit(2**31 - 1)  # a quote that is never closed makes the rest of the file one value
    with layout.file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        reader = csv.reader(stream, delimiter=layout.delimiter)
        line = 1
        for row in reader:
            if row and line > layout.line:
                yield line, row
            line = reader.line_num + 1


def describe(layout: Layout, problems: list[Problem]) -> str:
    """Return one line for each problem, with the first line of the file and the value where it shows."""
    first = [None if problem.rows is None else int(problem.rows.argmax()) for problem in problems]
    last = max((row for row in first if row is not None), default=-1)
    found = {row: place for row, place in enumerate(islice(rows(layout), last + 1)) if row in first}
    lines = []
    for problem, row in zip(problems, first, strict=True):
        if row is None:
            lines.append(f"{layout.file}: column '{problem.column}': {problem.text}")
            continue
        line, values = found[row]
        text = problem.text.format(value=repr(values[layout.names.index(problem.column)]))
        more = int(problem.rows.sum()) - 1
        tail = f" (and {more:,} more)" if more else ""
        lines.append(f"{layout.file}: line {line}, column '{problem.column}': {text}{tail}")
    return "\n".join(lines[:MOST_PROBLEMS])
