"""An additional include that would overwrite a file of the code folder.

Bad:
    code: ./src              # holds utils.py
    additional_includes:
      - ../shared/utils.py

Fix: rename one of the two, or remove the copy from the code folder.

Source: azure-ai-ml entities/_component/_additional_includes.py ("A file already exists for additional ...").
"""

from collections.abc import Iterator
from pathlib import Path

from azml.spec.finding import Finding
from azml.validator.files import CODE, INCLUDE
from azml.validator.specs import SpecProject

ID = "include-collision"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every include whose name the code folder or an earlier included file has."""
    code = {(use.document.path, use.pointer[:-1]): use.path for use in project.file_uses if use.role == CODE}
    taken: dict[tuple, Path] = {}
    for use in project.file_uses:
        if use.role != INCLUDE or not use.path.exists():
            continue
        owner = (use.document.path, use.pointer[:-2])
        inside = code.get(owner)
        existing = inside / use.path.name if inside and inside.is_dir() else None
        if existing and existing.exists() and not existing.samefile(use.path):
            message = f"the code folder has a '{use.path.name}' of its own"
            yield use.document.finding(ID, message, use.pointer)
        first = taken.setdefault((*owner, use.path.name), use.path)
        if first != use.path and use.path.is_file():
            message = f"'{use.path.name}' is included twice from different folders; one overwrites the other"
            yield use.document.finding(ID, message, use.pointer)
