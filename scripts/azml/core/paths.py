"""Questions about paths that stand in specs: answered for every text; pathlib raises on names too long."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .finding import did_you_mean


def exists(path: Path) -> bool:
    """Tell whether there is anything at a path."""
    return os.path.exists(path)  # noqa: PTH110


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder, sorted; none where it cannot be read."""
    try:
        return sorted(each.name for each in folder.iterdir())
    except (OSError, ValueError):
        return []


def is_file(path: Path) -> bool:
    """Tell whether a path leads to a file."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Tell whether a path leads to a folder."""
    return os.path.isdir(path)  # noqa: PTH112


def read_text(path: Path) -> str:
    """Return a file's text; what cannot be decoded is replaced, what cannot be read is empty."""
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace") if is_file(path) else ""
    except OSError:
        return ""


def is_yaml(path: Path | str) -> bool:
    """Tell whether a path's name is that of a YAML file."""
    return str(path).lower().endswith((".yml", ".yaml"))


def siblings(path: Path, spec: Path) -> list[str]:
    """Return the names that a missing file could have had: those beside it but the spec that names it."""
    itself = os.path.abspath(spec)
    return [name for name in names_in(path.parent) if os.path.abspath(path.parent / name) != itself]


def elsewhere(text: str, base: Path, spec: Path) -> str | None:
    """Return where a path of a spec leads if it counts from a folder above ``base``, or has / for \\."""
    straight, itself = text.replace("\\", "/"), os.path.abspath(spec)
    folders = [*base.parents][:4] if straight == text else [base, *base.parents][:5]
    found = [folder / straight for folder in folders if exists(folder / straight)]
    return next((os.path.relpath(each, base) for each in found if os.path.abspath(each) != itself), None)


def hint_for_missing(text: str, base: Path, spec: Path, names: Iterable[str]) -> str:
    """Return what a message on a missing file adds: the right path, or one of ``names`` that is near."""
    if right := elsewhere(text, base, spec):
        form = "with / for \\" if "\\" in text else "paths count from the folder of this file"
        return f"; {form}: {right}"
    return did_you_mean(Path(text).name, names)


def files_below(
    folder: Path,
    is_left_out: Callable[[Path], bool] = lambda folder: False,
    above: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, Path]]:
    """Yield (name, file) of every file below a folder, in order, links followed.

    Folders that ``is_left_out`` says yes to are not entered; nor is one whose real path is in ``above``,
    which a link leads back to. Raises OSError where a folder cannot be read.
    """
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path = Path(entry.path)
        if entry.is_dir() and not is_left_out(path):
            for name, file in files_below(path, is_left_out, above | {real}):
                yield f"{entry.name}/{name}", file
        elif entry.is_file():
            yield entry.name, path
