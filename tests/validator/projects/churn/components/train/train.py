"""Train a model of who leaves."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--train-data", required=True)
parser.add_argument("--trees", type=int, required=True)
parser.add_argument("--criterion", choices=["gini", "entropy"], default="gini")
parser.add_argument("--verbose", type=str, default="False")
parser.add_argument("--model", required=True)
options = parser.parse_args()
