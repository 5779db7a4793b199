"""Train on small pictures."""

import argparse

import mlflow


def arguments():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--small", type=str, required=True)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--learning-rate", "--lr", type=float, required=True)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--model", required=True)
    return parser.parse_args()


print(arguments())
mlflow.log_metric("accuracy", 1.0)
