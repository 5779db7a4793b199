"""A code folder that holds what nobody means to upload: a repository, a virtual environment, a secret.

Bad:
    code: ../..                     # holds .git and .env, and no ignore file

Fix: name them in the .amlignore (or, without one, the .gitignore) at the root of the code folder, or give a
narrower folder. Only what lies at the top of the folder is looked at.

Source: azure-ai-ml _utils/_asset_utils.py, get_upload_files_from_folder: nothing is left out by itself.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from azml.core.finding import WARNING
from azml.core.paths import exists, is_file, is_folder, names_in, read_text
from azml.core.snapshot import IGNORE_FILES, Snapshot, is_runner_home
from azml.core.values import mapping, sequence
from azml.validator.files import CODE, FileUse
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("unwanted-upload", severity=WARNING, since="0.2")

_KEY_NAMES = re.compile(r"id_(?:rsa|dsa|ecdsa|ed25519)|.+\.(?:pem|key)")


def check_project(project: SpecProject) -> Findings:
    told: set[Path] = set()
    for use in project.file_uses:
        if use.role != CODE or use.path in told or not is_folder(use.path):
            continue
        told.add(use.path)
        if unwanted := list(_unwanted(use)):
            what, lines = _listed(f"'{name}'" for name in unwanted), _listed(f"/{name}" for name in unwanted)
            verb = "is" if len(unwanted) == 1 else "are"
            yield warning(f"{what} {verb} uploaded with the code; add {lines} to {_ignore_file(use)}", use)


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _unwanted(use: FileUse) -> Iterator[str]:
    owner = mapping(use.document.get(use.pointer[:-1]))
    includes = tuple(Path(str(each)) for each in sequence(owner.get("additional_includes")))
    snapshot = Snapshot(use.path, includes)
    for name in names_in(use.path):
        if _is_unwanted(use.path / name) and not snapshot.leaves_out(name):
            yield name


def _is_unwanted(path: Path) -> bool:
    if is_folder(path):
        return path.name == ".git" or exists(path / "pyvenv.cfg") or is_runner_home(path)
    if path.name == ".env":
        return is_file(path) and "=" in read_text(path, 64 * 1024, cut=True)
    is_key = _KEY_NAMES.fullmatch(path.name) and is_file(path)
    return bool(is_key and "PRIVATE KEY-----" in read_text(path, 4096, cut=True))


def _ignore_file(use: FileUse) -> str:
    name = next((name for name in IGNORE_FILES if is_file(use.path / name)), IGNORE_FILES[0])
    return Path(os.path.relpath(use.path / name, use.document.path.parent)).as_posix()
