"""A local file or folder that does not exist.

Bad:
    component: ./components/trian.yml

Fix: correct the path; it is relative to the folder of the file that names it, and wildcards and shell
variables are not expanded. Missing data and models are a warning unless a similar name is there: they may be
downloaded before the job is submitted. What git ignores is absent on purpose and is not reported.

Source: azure-ai-ml _schema/core/fields.py (LocalPathField, FileRefField), operations/_data_operations.py,
entities/_component/_additional_includes.py; missing data and scripts fail only at upload or on the node.
"""

import os
import re
from pathlib import Path

from azml.core.finding import Fix, nearest
from azml.core.kinds import kind_of
from azml.core.paths import elsewhere, exists, hint_for_missing, is_folder, is_yaml, meant_path, siblings
from azml.core.rule_ids import MISSING_FILE
from azml.core.snapshot import git_ignores
from azml.validator.files import COMPONENT, CONDA, DATA, INCLUDE, MODEL, FileUse
from azml.validator.findings import Findings, error, put, warning
from azml.validator.rule import Rule

RULE = Rule(MISSING_FILE)


def check_path(use: FileUse) -> Findings:
    if _is_linked(use) or not is_folder(use.base) or _exists(use):
        return
    if use.role == CONDA and "\n" in use.text:
        yield error("expected a path or a mapping, not a text of several lines; remove the |", use)
    elif what := use.unexpanded:
        message = f"Azure ML does not expand {what} in a path; name one file or folder"
        yield error(message, use, text=what)
    elif use.role not in (DATA, MODEL) or not git_ignores(Path(os.path.abspath(use.path))):
        report = warning if use.role in (DATA, MODEL) and not _is_likely_slip(use) else error
        path = use.text if use.role == CONDA else use.text.removeprefix("file:")
        yield report(f"the {use.role} {path} does not exist{_hint(use)}", use, fix=_fix(use))


def _fix(use: FileUse) -> Fix | None:
    prefix = "file:" if use.text.startswith("file:") else ""
    right = meant_path(use.text.removeprefix(prefix), use.base, use.document.path, _names(use))
    return put(f"{prefix}{right}", use) if right else None


def _is_linked(use: FileUse) -> bool:
    """Tell whether this is the component of a job or a component: the core reports those."""
    return use.role == COMPONENT and kind_of(use.document) in ("job", "component", None)


def _exists(use: FileUse) -> bool:
    # A folder can be included as a zip of itself (_additional_includes.py, _is_folder_to_compress).
    zipped = use.role == INCLUDE and use.path.suffix == ".zip" and is_folder(use.path.with_suffix(""))
    has_prefix = use.role == CONDA and use.text.startswith("file:")
    return zipped or (exists(use.path) and not has_prefix)


def _is_likely_slip(use: FileUse) -> bool:
    names = [name for name in _names(use) if Path(name).suffix == use.path.suffix]
    is_alike = (use.path.suffix and names) or nearest(use.path.name, names)
    return bool(is_alike or elsewhere(use.text.removeprefix("file:"), use.base, use.document.path))


def _names(use: FileUse) -> list[str]:
    """Return the names that could have been meant: of data and models no YAML, and nothing named already."""
    names = siblings(use.path, use.document.path)
    if use.role not in (DATA, MODEL):
        return names
    named = {word.rpartition("/")[2] for word in re.findall(r"[\w./-]+", use.document.text)}
    return [name for name in names if not is_yaml(name) and name not in named]


def _hint(use: FileUse) -> str:
    if exists(use.path):
        return "; write the path of a conda_file without 'file:'"
    return hint_for_missing(use.text.removeprefix("file:"), use.base, use.document.path, _names(use))
