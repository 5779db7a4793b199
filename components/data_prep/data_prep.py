"""Checks the clients' file against the data contract and splits it into train and test data.

Who is test data is decided by a hash of the identifier: new or reordered clients move nobody. A file that
breaks the contract fails the step with a line for each breach, and leaves no output behind.
"""

import hashlib
import json
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from pathlib import Path

import numpy as np
import pandas as pd
from shared.clients import read_clients
from shared.contract import Contract, read_contract
from shared.csv_file import find_file
from shared.step import BadInput, integer, number, run

ROWS_AT_ONCE = 100_000


def parser() -> ArgumentParser:
    about = __doc__.splitlines()[0]
    parser = ArgumentParser(prog="data_prep", usage=SUPPRESS, description=about, allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True, help="the clients' file or its folder")
    parser.add_argument("--schema", type=Path, required=True, help="the data contract")
    parser.add_argument(
        "--test_train_ratio", type=number(0.01, 0.99), default=0.25, help="share of test data"
    )
    parser.add_argument("--seed", type=integer(0, 2**32 - 1), default=42, help="another seed, another split")
    parser.add_argument("--train_data", type=Path, required=True, help="folder to write train.parquet to")
    parser.add_argument("--test_data", type=Path, required=True, help="folder to write test.parquet to")
    return parser


def choose_test(clients: pd.Series, share: float, seed: int) -> np.ndarray:
    """Return who is test data: those whose hash, a number from 0 to 1, is below the share."""
    parts = [clients.iloc[start : start + ROWS_AT_ONCE] for start in range(0, len(clients), ROWS_AT_ONCE)]
    hashes = [
        pd.util.hash_array(part.astype(str).to_numpy(object), hash_key=f"{seed:016}", categorize=False)
        for part in parts
    ]
    return np.concatenate(hashes) / 2**64 < share


def split(args: Namespace, contract: Contract) -> dict[Path, pd.DataFrame]:
    """Return train and test data by the file they go to. Raises BadInput."""
    clients = read_clients(args.data, contract)
    is_test = choose_test(clients[contract.identifier.name], args.test_train_ratio, args.seed)
    target, features = contract.target.name, [column.name for column in contract.features]
    for part, name in ((~is_test, "train"), (is_test, "test")):
        if clients[target][part].nunique() < 2:
            raise BadInput(f"{args.data}: too few clients for {name} data with both values of '{target}'")
    return {
        args.train_data / "train.parquet": clients.loc[~is_test, [*features, target]],
        args.test_data / "test.parquet": clients.loc[is_test],
    }


def describe(args: Namespace, contract: Contract, train: pd.DataFrame, test: pd.DataFrame) -> dict:
    """Return what later steps and people want to know about the data."""
    with find_file(args.data).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    target = contract.target.name
    rows = len(train) + len(test)
    return {
        "sha256": digest,
        "rows": rows,
        "features": len(contract.features),
        "target_rate": float(train[target].sum() + test[target].sum()) / rows,
        "missing_values": int(train.isna().sum().sum() + test.isna().sum().sum()),
        "train_rows": len(train),
        "test_rows": len(test),
        "test_share": len(test) / rows,
        "test_target_rate": float(test[target].mean()),
        "test_train_ratio": args.test_train_ratio,
        "seed": args.seed,
    }


def write(tables: dict[Path, pd.DataFrame]) -> None:
    """Write all files under other names first, so that a file with its own name is always whole."""
    unfinished = {path.with_name(f".{path.name}.part"): path for path in tables}
    try:
        for part, path in unfinished.items():
            tables[path].to_parquet(part, index=False)
        for part, path in unfinished.items():
            part.replace(path)
    finally:
        for part in unfinished:
            part.unlink(missing_ok=True)


def log(facts: dict) -> None:
    import mlflow  # takes two seconds: only now, so that bad data fails at once

    params = ("sha256", "test_train_ratio", "seed")
    with mlflow.start_run():
        mlflow.log_params({name: facts[name] for name in params})
        mlflow.log_metrics({name: value for name, value in facts.items() if name not in params})


def data_prep(args: Namespace) -> None:
    for folder in (args.train_data, args.test_data):
        folder.mkdir(parents=True, exist_ok=True)
    contract = read_contract(args.schema)
    tables = split(args, contract)
    facts = describe(args, contract, *tables.values())
    write(tables)
    (args.test_data / "data.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")
    log(facts)
    print(f"{facts['rows']:,} clients, {facts['features']} features, target rate {facts['target_rate']:.2%}")
    print(f"train {facts['train_rows']:,} rows, test {facts['test_rows']:,} rows ({facts['test_share']:.2%})")


if __name__ == "__main__":
    sys.exit(run(data_prep, parser().parse_args()))
