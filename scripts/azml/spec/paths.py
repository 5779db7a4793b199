"""Questions about paths that stand in specs: answered for every text; pathlib raises on names too long."""

import os
from pathlib import Path


def exists(path: Path) -> bool:
    """Tell whether there is anything at a path."""
    return os.path.exists(path)  # noqa: PTH110


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder, sorted; none where it cannot be read."""
    try:
        return sorted(each.name for each in folder.iterdir())
    except OSError:
        return []


def is_file(path: Path) -> bool:
    """Tell whether a path leads to a file."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Tell whether a path leads to a folder."""
    return os.path.isdir(path)  # noqa: PTH112
