"""A local file or folder that a spec names and that is not there.

Bad:
    component: ./components/trian.yml

Fix: correct the path; it counts from the folder of the file that names it. Data and models with nothing alike
beside them are a warning: they may be fetched before the job is submitted.

Source: azure-ai-ml _schema/core/fields.py (LocalPathField, FileRefField), operations/_data_operations.py,
entities/_component/_additional_includes.py; data and scripts are missed only at upload or on the node.
"""

import os

from azml.spec.finding import did_you_mean, nearest
from azml.spec.paths import names_in
from azml.validator.files import COMPONENT, CONDA, DATA, INCLUDE, MODEL, FileUse, elsewhere, has_alike
from azml.validator.findings import Findings, error, warning


def check_path(use: FileUse) -> Findings:
    if use.role != COMPONENT and use.base.is_dir() and not _exists(use):  # the core misses components
        report = warning if use.role in (DATA, MODEL) and not _is_likely_slip(use) else error
        yield report(f"the {use.role} {use.text} does not exist{_hint(use)}", use)


def _exists(use: FileUse) -> bool:
    # A folder can be included as a zip of itself (_additional_includes.py, _is_folder_to_compress).
    zipped = use.role == INCLUDE and use.path.suffix == ".zip" and use.path.with_suffix("").is_dir()
    return zipped or (use.path.exists() and not _has_prefix(use))


def _has_prefix(use: FileUse) -> bool:
    return use.role == CONDA and use.text.startswith("file:")


def _is_likely_slip(use: FileUse) -> bool:
    is_misspelt = nearest(use.path.name, names_in(use.path.parent)) is not None
    return is_misspelt or has_alike(use.path) or elsewhere(use) is not None


def _hint(use: FileUse) -> str:
    if _has_prefix(use):
        return "; a conda_file takes a path without 'file:'"
    if found := elsewhere(use):
        return f"; paths count from the folder of this file: {os.path.relpath(found, use.base)}"
    return did_you_mean(use.path.name, names_in(use.path.parent))
