"""What a deployment without a scoring script of its own runs for an MLflow model, reduced to what it does.

As Microsoft's generated one: imports azureml.ai.monitoring, takes {"input_data": {"columns": [], "index": [],
"data": []}}, checks it against the model's signature, and answers the list of predictions.
"""

import json
import logging
import os
from pathlib import Path

import mlflow
from azureml.ai.monitoring import Collector
from azureml_inference_server_http.api.aml_response import AMLResponse
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.scoring_server import infer_and_parse_data


def init() -> None:
    global model, collector
    folder = Path(os.environ["AZUREML_MODEL_DIR"], os.environ.get("MLFLOW_MODEL_FOLDER", "model"))
    model = mlflow.pyfunc.load_model(str(folder))
    collector = Collector(
        name="model_inputs", on_error=lambda error: logging.info("not collected: %s", error)
    )


def run(body: str):
    content = json.loads(body)
    if "input_data" not in content:
        return refusal("the key 'input_data' is missing")
    try:
        data = infer_and_parse_data(
            {"dataframe_split": content["input_data"]}, model.metadata.get_input_schema()
        )
        return model.predict(data).tolist()
    except MlflowException as error:
        return refusal(str(error))


def refusal(message: str) -> AMLResponse:
    return AMLResponse({"message": message}, 400, json_str=True)
