"""Split the customers into train and test data."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--customers", required=True)
parser.add_argument("--share", type=float, default=0.2)
parser.add_argument("--seed", type=int)
parser.add_argument("--train-data", required=True)
parser.add_argument("--test-data", required=True)
options = parser.parse_args()
