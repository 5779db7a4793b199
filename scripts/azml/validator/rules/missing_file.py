"""A local file or folder that a spec names and that is not there.

Bad:
    component: ./components/trian.yml

Fix: correct the path; it counts from the folder of the file that names it.

Source: azure-ai-ml _schema/core/fields.py (LocalPathField, FileRefField), operations/_data_operations.py,
entities/_component/_additional_includes.py; data and scripts are missed only at upload or on the node.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from azml.spec.finding import Finding, did_you_mean
from azml.validator.core_findings import core_findings
from azml.validator.files import INCLUDE, FileUse
from azml.validator.specs import SpecProject

ID = "missing-file"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every path that leads nowhere."""
    yield from core_findings(project, ID)
    for use in project.file_uses:
        if os.path.isdir(use.base) and not _exists(use):
            message = f"the {use.role} {use.text} does not exist{_hint(use)}"
            yield use.document.finding(ID, message, use.pointer)


def _exists(use: FileUse) -> bool:
    if os.path.exists(use.path):
        return True
    # A folder can be included as a zip of itself (_additional_includes.py, _is_folder_to_compress).
    return use.role == INCLUDE and use.path.suffix == ".zip" and os.path.isdir(use.path.with_suffix(""))


def _hint(use: FileUse) -> str:
    found = next((each for each in _elsewhere(use) if os.path.exists(each)), None)
    if found:
        return f"; paths count from the folder of this file: {os.path.relpath(found, use.base)}"
    folder = use.path.parent
    return did_you_mean(use.path.name, _names(folder))


def _elsewhere(use: FileUse) -> Iterator[Path]:
    for folder in list(use.base.parents)[:4]:
        yield folder / use.text


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
