"""What one step hands to the next: parquet files of clients, and models that are asked for probabilities."""

from pathlib import Path

import numpy as np
import pandas as pd

from shared.contract import Contract
from shared.step import BadInput


def read_table(file: Path, contract: Contract) -> pd.DataFrame:
    """Read what data_prep wrote. Raises BadInput where a column is missing or the target has one value."""
    try:
        table = pd.read_parquet(file)
    except FileNotFoundError:
        raise BadInput(f"{file}: no such file") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: not a parquet file ({str(error).splitlines()[0]})") from None
    for name in [*(column.name for column in contract.features), contract.target.name]:
        if name not in table:
            raise BadInput(f"{file}: column '{name}' is missing")
    if set(table[contract.target.name].unique()) != {0, 1}:
        raise BadInput(f"{file}: column '{contract.target.name}' must hold both 0 and 1")
    return table


def load_model(address: str | Path):
    """Load an MLflow model from a folder or the registry. Raises BadInput for a folder that is not one."""
    import mlflow

    if isinstance(address, Path) and not (address / "MLmodel").is_file():
        raise BadInput(f"{address}: not an MLflow model, it has no file MLmodel")
    # The warnings are of the server's packages, which the model names too and which are not installed here.
    return mlflow.pyfunc.load_model(str(address), suppress_warnings=True)


def model_inputs(model, clients: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a model's signature, as the types it names. Raises BadInput for a missing one."""
    inputs = model.metadata.get_input_schema().inputs
    missing = [column.name for column in inputs if column.name not in clients]
    if missing:
        raise BadInput(f"the model needs column(s) that the data does not have: {', '.join(missing)}")
    types = {column.name: column.type.to_pandas() for column in inputs}
    return clients[list(types)].astype(types)


def probabilities(model, clients: pd.DataFrame) -> np.ndarray:
    """Return the probability of target 1 that an MLflow model gives each client. Raises BadInput."""
    return np.asarray(model.predict(model_inputs(model, clients)))[:, 1]
