"""An additional include with the same name as a file in the code folder.

Bad:
    code: ./src              # holds utils.py
    additional_includes:
      - ../shared/utils.py

Fix: rename one of the two, or remove the copy from the code folder.

Source: azure-ai-ml entities/_component/_additional_includes.py ("A file already exists for additional ...").
"""

from pathlib import Path

from azml.core.paths import exists, is_file
from azml.validator.files import CODE, INCLUDE
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("include-collision")


def check_project(project: SpecProject) -> Findings:
    code = {(use.document.path, use.pointer[:-1]): use.path for use in project.file_uses if use.role == CODE}
    taken: dict[tuple, Path] = {}
    for use in project.file_uses:
        if use.role != INCLUDE or not exists(use.path):
            continue
        owner, name = (use.document.path, use.pointer[:-2]), use.path.name
        existing = code[owner] / name if owner in code else None
        if existing and exists(existing) and not existing.samefile(use.path):
            yield error(f"the code folder already contains '{name}'", use)
        if taken.setdefault((owner, name), use.path) != use.path and is_file(use.path):
            yield error(f"'{name}' is included twice, from different folders", use)
