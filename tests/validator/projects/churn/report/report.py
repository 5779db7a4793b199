"""Write a page on the model."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--test-data", required=True)
parser.add_argument("--page", required=True)
options = parser.parse_args()
