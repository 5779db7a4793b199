"""Score a table of customers."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--table", required=True)
parser.add_argument("--scores", required=True)
options = parser.parse_args()
