"""An ignore file that keeps nothing out of the code: its name is misspelled, or it lies above the folder.

Bad:
    code: ./src                     # src/.amlingore, or an .amlignore beside this file that names data in src

Fix: have a file named .amlignore at the root of the code folder.

Source: azure-ai-ml _utils/_asset_utils.py, get_ignore_file: no other file is read.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from azml.core.finding import NEARLY_THE_SAME, WARNING, nearest
from azml.core.paths import is_file, is_folder, names_in
from azml.core.snapshot import IGNORE_FILES, IgnoreFile
from azml.validator.files import CODE, FileUse
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("idle-ignore-file", severity=WARNING, since="0.2")

_NAME = IGNORE_FILES[0]
_MEANT = ("amlignore", "azmlignore", "azuremlignore")


def check_project(project: SpecProject) -> Findings:
    told: set[Path] = set()
    for use in project.file_uses:
        if use.role == CODE and use.path not in told and is_folder(use.path):
            told.add(use.path)
            yield from _check_code(use, project.root)


def _check_code(use: FileUse, root: Path) -> Findings:
    names = names_in(use.path)
    if wrong := next(filter(_is_misspelt, names), None):
        yield warning(f"'{wrong}' in {use.text} is not read; an ignore file is named {_NAME}", use)
    elif not set(IGNORE_FILES) & set(names):
        for folder in _above(use.path, root):
            ignore = IgnoreFile(folder / _NAME, folder)
            line = next(filter(None, (ignore.line_for(use.path / name / "any") for name in names)), None)
            if line and not ignore.line_for(use.path / "any"):
                path = Path(os.path.relpath(ignore.path, use.document.path.parent)).as_posix()
                message = (
                    f"line {line.line} of {path} ({line.text}) has no effect on this code: put an {_NAME}"
                )
                yield warning(f"{message} into {use.text}", use)
                return


def _above(code: Path, root: Path) -> Iterator[Path]:
    """Yield the folders above a code folder, up to the repository's root, that hold an ignore file."""
    for folder in code.parents if code.is_relative_to(root) else ():
        if is_file(folder / _NAME):
            yield folder
        if folder == root:
            return


def _is_misspelt(name: str) -> bool:
    letters = re.sub("[^a-z]", "", name.lower().removesuffix(".txt"))
    is_like = name.lower() not in IGNORE_FILES and nearest(letters, _MEANT, NEARLY_THE_SAME)
    return bool(is_like and letters not in ("yamlignore", "xamlignore"))
