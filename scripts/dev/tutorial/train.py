"""The baseline's training, done the way of Azure ML's tutorial: GradientBoostingClassifier with autolog.

One thing had to change for it to finish on this MLflow, whose log_model and save_model write skops and then
refuse the trees in it: they are told to pickle. On Azure ML itself log_model fails.
"""

import argparse
from pathlib import Path

import mlflow
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import classification_report

TARGET = "default payment next month"

parser = argparse.ArgumentParser()
parser.add_argument("--train_data", type=Path)
parser.add_argument("--test_data", type=Path)
parser.add_argument("--n_estimators", type=int, default=100)
parser.add_argument("--learning_rate", type=float, default=0.1)
parser.add_argument("--registered_model_name")
parser.add_argument("--model", type=Path)
args = parser.parse_args()

with mlflow.start_run():
    mlflow.sklearn.autolog()
    train = pd.read_csv(next(args.train_data.iterdir()))
    y_train = train.pop(TARGET)
    test = pd.read_csv(next(args.test_data.iterdir()))
    y_test = test.pop(TARGET)
    model = GradientBoostingClassifier(n_estimators=args.n_estimators, learning_rate=args.learning_rate)
    model.fit(train.values, y_train)
    print(classification_report(y_test, model.predict(test.values)))
    mlflow.sklearn.log_model(
        model,
        artifact_path=args.registered_model_name,
        registered_model_name=args.registered_model_name,
        serialization_format="pickle",
    )
    mlflow.sklearn.save_model(model, args.model / "trained_model", serialization_format="pickle")
