"""A local file or folder that a spec names and that is not there.

Bad:
    component: ./components/trian.yml

Fix: correct the path; it counts from the folder of the file that names it. Data and models with nothing alike
beside them are a warning: they may be fetched before the job is submitted.

Source: azure-ai-ml _schema/core/fields.py (LocalPathField, FileRefField), operations/_data_operations.py,
entities/_component/_additional_includes.py; data and scripts are missed only at upload or on the node.
"""

import os
from collections.abc import Iterator

from azml.spec.finding import ERROR, WARNING, Finding, did_you_mean, nearest
from azml.validator.core_findings import core_findings
from azml.validator.files import COMPONENT, CONDA, DATA, INCLUDE, MODEL, FileUse, elsewhere, names_in
from azml.validator.specs import SpecProject

ID = "missing-file"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every path that leads nowhere."""
    yield from core_findings(project, ID)
    for use in project.file_uses:
        if use.role != COMPONENT and use.base.is_dir() and not _exists(use):
            severity = WARNING if use.role in (DATA, MODEL) and not _is_likely_slip(use) else ERROR
            message = f"the {use.role} {use.text} does not exist{_hint(use)}"
            yield use.document.finding(ID, message, use.pointer, severity=severity)


def _exists(use: FileUse) -> bool:
    # A folder can be included as a zip of itself (_additional_includes.py, _is_folder_to_compress).
    zipped = use.role == INCLUDE and use.path.suffix == ".zip" and use.path.with_suffix("").is_dir()
    return zipped or (use.path.exists() and not (use.role == CONDA and use.text.startswith("file:")))


def _is_likely_slip(use: FileUse) -> bool:
    names = names_in(use.path.parent)
    alike = [name for name in names if use.path.suffix and name.endswith(use.path.suffix)]
    return bool(alike or nearest(use.path.name, names) or elsewhere(use))


def _hint(use: FileUse) -> str:
    if use.role == CONDA and use.text.startswith("file:"):
        return "; a conda_file takes a path without 'file:'"
    if found := elsewhere(use):
        return f"; paths count from the folder of this file: {os.path.relpath(found, use.base)}"
    return did_you_mean(use.path.name, names_in(use.path.parent))
