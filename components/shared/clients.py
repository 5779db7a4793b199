"""Reads the clients' file and checks it against the data contract."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from shared.contract import Column, Contract
from shared.csv_file import Problem, describe, read_columns
from shared.step import BadInput


def read_clients(path: Path, contract: Contract) -> pd.DataFrame:
    """Return identifier, columns and target (0 and 1) of the file. Raises BadInput listing every breach."""
    wanted = [contract.identifier, *contract.columns, contract.target]
    layout, frame = read_columns(path, wanted)
    problems = [problem for column in wanted for problem in check_column(frame[column.name], column)]
    problems += check_identifier(frame[contract.identifier.name])
    if not problems:
        encode_target(frame, contract.target)
        problems += check_whole(frame, contract)
    if problems:
        raise BadInput(describe(layout, problems))
    return frame


def check_column(values: pd.Series, column: Column) -> Iterator[Problem]:
    """Yield what is wrong with single values, and with the share of those that are missing."""
    missing = values.isna()
    if missing.mean() > column.max_missing > 0:
        text = f"{missing.mean():.1%} of the values are missing, at most {column.max_missing:.1%} may be"
        yield Problem(column.name, text)
    elif missing.any() and not column.max_missing:
        yield Problem(column.name, "the value is missing", missing.to_numpy())
    for text, breach in breaches(values, column).items():
        if (breach & ~missing).any():
            yield Problem(column.name, f"{{value}} {text}", (breach & ~missing).to_numpy())


def breaches(values: pd.Series, column: Column) -> dict[str, pd.Series]:
    """Return where each rule for single values is broken, by what the value then is."""
    found = {}
    if column.type == "integer" and values.dtype.kind == "f":
        found["is not an integer"] = values % 1 != 0
    if column.min is not None:
        found[f"is below {column.min:,}"] = values < column.min
    if column.max is not None:
        found[f"is above {column.max:,}"] = values > column.max
    if column.values:
        known = [str(value) for value in column.values] if column.type == "string" else list(column.values)
        found[f"is not one of {', '.join(map(str, known))}"] = ~values.isin(known)
    return found


def check_identifier(clients: pd.Series) -> Iterator[Problem]:
    again = clients.duplicated()
    if again.any():
        yield Problem(clients.name, "client {value} appeared before", again.to_numpy())


def encode_target(frame: pd.DataFrame, target: Column) -> None:
    """Replace the target's values by 0 and 1."""
    positive = list(target.values)[1]
    positive = str(positive) if target.type == "string" else positive
    frame[target.name] = (frame[target.name] == positive).astype("int8")


def check_whole(frame: pd.DataFrame, contract: Contract) -> Iterator[Problem]:
    """Yield what no single row shows: too few of them, a rate or an amount out of its band."""
    if len(frame) < contract.min_rows:
        text = f"{len(frame):,} clients are too few, at least {contract.min_rows:,} are needed"
        yield Problem(contract.identifier.name, text)
        return
    for column in contract.columns:
        if column.median and not column.median[0] <= frame[column.name].median() <= column.median[1]:
            low, high = column.median
            yield Problem(
                column.name,
                f"the median {frame[column.name].median():,g} is not between {low:,} and {high:,}",
            )
    low, high = contract.target_rate
    rate = frame[contract.target.name].mean()
    if not low <= rate <= high:
        label = list(contract.target.values)[1]
        text = f"{rate:.1%} of the values are {label}, expected {low:.1%} to {high:.1%}"
        yield Problem(contract.target.name, text)
