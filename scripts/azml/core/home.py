"""``.local`` in the current folder, where everything is kept that the tool writes for itself."""

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
