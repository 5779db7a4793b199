"""Stands for a step's script: it is sent to the stand-in workspace, never run."""

import argparse

parser = argparse.ArgumentParser()
for option in ("--train_data", "--test_data", "--learning_rate", "--max_iter", "--max_leaf_nodes", "--seed"):
    parser.add_argument(option)
parser.add_argument("--registered_model_name")
parser.add_argument("--model")
parser.parse_args()
