"""A folder where a file is expected or the reverse, or a folder without the file its type requires.

Bad:
    type: uri_folder
    path: ./data/customers.csv

Fix: give a file or folder as the type says; an mltable is a folder with a file named MLTable.

Source: azure-ai-ml operations/_data_operations.py (_assert_local_path_matches_asset_type),
operations/_job_operations.py, _utils/_data_utils.py (read_local_mltable_metadata_contents).
"""

from azml.core.paths import exists, is_folder
from azml.validator.files import BUILD, CONDA, DATA, DOCKERFILE, ENVIRONMENT, JOB, MODEL, SCRIPT, FileUse
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("wrong-file-kind")

_FILES = (CONDA, DOCKERFILE, ENVIRONMENT, JOB, SCRIPT)
_FOLDER_TYPES = ("uri_folder", "mltable")
_MARKERS = {"mltable": "MLTable", "mlflow_model": "MLmodel"}


def check_path(use: FileUse) -> Findings:
    if exists(use.path) and (problem := _problem(use)):
        yield error(problem, use)


def _problem(use: FileUse) -> str | None:
    is_dir = is_folder(use.path)
    if use.role in _FILES:
        return f"{use.text} is a folder; expected a file" if is_dir else None
    if use.role == BUILD and not is_dir:
        return f"{use.text} is a file; expected the folder of a build context"
    if use.role not in (DATA, MODEL):
        return None
    if use.type == "uri_file" and is_dir:
        return f"{use.text} is a folder, but the type is uri_file"
    if use.type in _FOLDER_TYPES and not is_dir:
        return f"{use.text} is a file, but the type is {use.type}"
    marker = _MARKERS.get(use.type or "")
    if marker and is_dir and not exists(use.path / marker):
        return f"the folder {use.text} has no file {marker}, which {use.type} requires"
    return None
