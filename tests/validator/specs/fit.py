"""The script that the specs here name."""

import mlflow

mlflow.log_metric("loss", 0.5)
