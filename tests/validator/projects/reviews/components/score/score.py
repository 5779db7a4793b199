"""Score the reviews."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--classifier", required=True)
parser.add_argument("--vectors", required=True)
parser.add_argument("--threshold", type=float)
parser.add_argument("--verbose", action="store_true")
print(parser.parse_args())
