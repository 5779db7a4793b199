"""A path that leads to something of another kind: a folder for a file, a job for a component.

Bad:
    type: uri_folder
    path: ./data/customers.csv

Fix: name a file or folder of the kind that the type says; an mltable is a folder with a file MLTable.

Source: azure-ai-ml operations/_data_operations.py (_assert_local_path_matches_asset_type),
operations/_job_operations.py, _utils/_data_utils.py (read_local_mltable_metadata_contents).
"""

import os
from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.kind import is_no_component
from azml.spec.paths import is_file
from azml.spec.reference import FILE
from azml.validator.files import CONDA, DATA, DOCKERFILE, ENVIRONMENT, JOB, MODEL, SCRIPT, FileUse
from azml.validator.kinds import spec_kind
from azml.validator.specs import SpecProject

ID = "wrong-file-kind"

_FILES = (CONDA, DOCKERFILE, ENVIRONMENT, JOB, SCRIPT)
_FOLDER_TYPES = ("uri_folder", "mltable")
_KINDS = {JOB: "job", ENVIRONMENT: "environment"}
_MARKERS = {"mltable": "MLTable", "mlflow_model": "MLmodel"}


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every path to something of the wrong kind."""
    for use in project.file_uses:
        kind = project.kinds.get(use.path)
        if use.role in _KINDS and kind not in (_KINDS[use.role], None):
            message = f"{use.text} holds a spec of the kind '{kind}'; {_KINDS[use.role]} was expected"
            yield use.document.finding(ID, message, use.pointer)
        if os.path.lexists(use.path) and (problem := _problem(use)):
            yield use.document.finding(ID, problem, use.pointer)
    yield from _check_components(project)


def _check_components(project: SpecProject) -> Iterator[Finding]:
    for component in list(project.components.values()):
        for step in component.steps.values():
            if step.reference and step.reference.kind == FILE:
                path = step.reference.resolve(step.document.path.parent)
                if is_file(path) and is_no_component(project.document(path)):
                    key = "trial" if "trial" in step.data else "component"
                    kind = spec_kind(project.document(path))
                    message = f"{step.reference.path} holds a spec of the kind '{kind}', not a component"
                    yield step.document.finding(ID, message, (*step.pointer, key))


def _problem(use: FileUse) -> str | None:
    is_folder = use.path.is_dir()
    if use.role in _FILES:
        return f"{use.text} is a folder; a file was expected" if is_folder else None
    if use.role not in (DATA, MODEL):
        return None
    if use.type == "uri_file" and is_folder:
        return f"{use.text} is a folder, but the type says uri_file"
    if use.type in _FOLDER_TYPES and not is_folder:
        return f"{use.text} is a file, but the type says {use.type}"
    marker = _MARKERS.get(use.type or "")
    if marker and is_folder and not (use.path / marker).exists():
        return f"the folder {use.text} has no file {marker}, as {use.type} requires"
    return None
