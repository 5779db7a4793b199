"""Stands for a step's script: it is sent to the stand-in workspace, never run."""

import argparse

parser = argparse.ArgumentParser()
for option in ("--data", "--test_train_ratio", "--seed", "--train_data", "--test_data"):
    parser.add_argument(option)
parser.parse_args()
