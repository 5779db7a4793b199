"""``.local`` in the current folder, where everything is kept that the tool writes for itself."""

import json
import os
from pathlib import Path

HOME = Path(".local")
# git and azure-ai-ml both read these in the folder itself or above it.
_IGNORE_FILES = (".gitignore", ".amlignore")


def prepare_home() -> None:
    """Make ``.local`` where it is missing, with its ignore files; raise OSError."""
    HOME.mkdir(exist_ok=True)
    for name in _IGNORE_FILES:
        if not (HOME / name).exists():
            (HOME / name).write_text("*\n", encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Write a file that is either there as a whole or not at all."""
    import threading  # the validator starts without it

    writer = f"{os.getpid()}-{threading.get_ident()}"  # steps end side by side
    part = path.with_name(f".{path.name}.{writer}.part")
    part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
