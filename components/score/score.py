"""Scores a file of clients with a model: writes each one's probability and decision, in the file's order.

Answers what an online deployment of the same model answers. The file needs the identifier and the columns of
the model's signature; others are ignored.
"""

import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from pathlib import Path

from shared.contract import Column, Contract, read_contract
from shared.csv_file import read_columns
from shared.step import BadInput, number, run
from shared.tables import load_model, probabilities


def parser() -> ArgumentParser:
    about = __doc__.splitlines()[0]
    parser = ArgumentParser(prog="score", usage=SUPPRESS, description=about, allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True, help="the clients' file or its folder")
    parser.add_argument("--model", type=Path, required=True, help="folder of the MLflow model")
    parser.add_argument("--schema", type=Path, required=True, help="the data contract")
    parser.add_argument(
        "--threshold", type=number(0, 1), default=0.5, help="probability that counts as default"
    )
    parser.add_argument("--predictions", type=Path, required=True, help="folder to write predictions.csv to")
    return parser


def columns_of(model, contract: Contract) -> list[Column]:
    """Return the columns of the model's signature, with the other names that the contract knows for them."""
    aliases = {column.name: column.aliases for column in contract.columns}
    types = {"string": "string", "double": "number"}
    inputs = model.metadata.get_input_schema().inputs
    return [Column(each.name, types[each.type.name], aliases.get(each.name, [])) for each in inputs]


def score(args: Namespace) -> None:
    contract = read_contract(args.schema)
    model = load_model(args.model)
    identifier = contract.identifier.name
    layout, clients = read_columns(args.data, [contract.identifier, *columns_of(model, contract)])
    if clients.empty:
        raise BadInput(f"{layout.file}: no clients")
    probability = probabilities(model, clients)
    scored = clients[[identifier]].assign(
        probability=probability, default=(probability >= args.threshold).astype(int)
    )
    args.predictions.mkdir(parents=True, exist_ok=True)
    scored.to_csv(args.predictions / "predictions.csv", index=False)
    import mlflow

    with mlflow.start_run():
        mlflow.log_param("threshold", args.threshold)
        mlflow.log_metrics({"rows": len(scored), "flagged_rate": float(scored["default"].mean())})
    print(f"{len(scored):,} clients, {scored['default'].sum():,} flagged")


if __name__ == "__main__":
    sys.exit(run(score, parser().parse_args()))
