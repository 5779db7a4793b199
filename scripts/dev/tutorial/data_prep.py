"""The baseline's data preparation, done the way of Azure ML's tutorial: pandas, a random split, CSV files."""

import argparse
from pathlib import Path

import mlflow
import pandas as pd
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--data")
parser.add_argument("--test_train_ratio", type=float, default=0.25)
parser.add_argument("--train_data", type=Path)
parser.add_argument("--test_data", type=Path)
args = parser.parse_args()

with mlflow.start_run():
    clients = pd.read_csv(args.data, header=1, index_col=0)
    mlflow.log_metric("num_samples", clients.shape[0])
    mlflow.log_metric("num_features", clients.shape[1] - 1)
    train, test = train_test_split(clients, test_size=args.test_train_ratio)
    for part, folder in ((train, args.train_data), (test, args.test_data)):
        folder.mkdir(parents=True, exist_ok=True)
        part.to_csv(folder / "data.csv", index=False)
