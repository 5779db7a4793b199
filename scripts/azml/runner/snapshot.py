"""The snapshot: what Azure ML uploads as a step's code, and so what the step runs in a copy of.

Rules from azure-ai-ml: an ignore file counts only at the root of ``code``, ``.amlignore`` replaces
``.gitignore``, links are followed (``_utils/_asset_utils.py``); ``__pycache__`` stays out
(``entities/_component/code.py``); ``additional_includes`` land at the root of the snapshot under their
own names, a missing ``x.zip`` beside a folder ``x`` is that folder zipped, and with them the ignore files
of inner folders count as well (``entities/_component/_additional_includes.py``).
"""

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pathspec

from azml.spec.component import Component

ALWAYS_IGNORED = {"__pycache__"}


class SnapshotError(Exception):
    """The code of a step cannot be collected; the message names what is missing."""


# Ignore files that count for a file: each with the folder that its patterns start from.
Ignores = tuple[tuple[Path, pathspec.PathSpec], ...]


def copy_snapshot(component: Component, target: Path, home: Path) -> None:
    """Copy a component's code and its additional includes into the folder ``target``."""
    for name, source in snapshot_files(component, home):
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        if source.exists():
            shutil.copy2(source, destination)
        else:
            _zip(source.with_suffix(""), destination, home)


def snapshot_files(component: Component, home: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name in the snapshot, source file) of a component's code, ``home`` (the runner's) left out."""
    base = component.document.path.parent
    code, includes = component.data.get("code"), component.data.get("additional_includes") or ()
    root: Ignores = ()
    if isinstance(code, str):
        folder = base / code.removeprefix("file:")
        root = _ignores(folder)
        if folder.is_file():
            yield folder.name, folder
        elif folder.is_dir():
            yield from _folder_files(folder, root, home, nested=bool(includes))
        else:
            raise SnapshotError(f"the code folder {code} does not exist")
    for include in includes:
        if not isinstance(include, str):
            raise SnapshotError("additional_includes from an artifact feed cannot be fetched here")
        yield from _included(Path(os.path.normpath(base / include)), root, home)


def _included(source: Path, root: Ignores, home: Path) -> Iterator[tuple[str, Path]]:
    ignores = tuple((source.parent, spec) for _, spec in root)
    if source.is_dir():
        files = _folder_files(source, ignores + _ignores(source), home, nested=True)
        yield from ((f"{source.name}/{name}", file) for name, file in files)
    elif source.is_file() or (source.suffix == ".zip" and source.with_suffix("").is_dir()):
        yield source.name, source
    else:
        raise SnapshotError(f"the additional include {source} does not exist")


def _folder_files(folder: Path, ignores: Ignores, home: Path, nested: bool) -> Iterator[tuple[str, Path]]:
    """Yield (name, file) below a folder; ``nested`` says whether the ignore files inside it count too."""
    seen: set[str] = set()
    for current, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(current)
        if real in seen or real == os.path.realpath(home):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if name not in ALWAYS_IGNORED)
        here = Path(current)
        if nested and here != folder:
            ignores += _ignores(here)
        for path in (here / file for file in sorted(files)):
            if path.is_file() and not _is_ignored(path, ignores):
                yield path.relative_to(folder).as_posix(), path


def _is_ignored(path: Path, ignores: Ignores) -> bool:
    return any(
        path.is_relative_to(base) and spec.match_file(path.relative_to(base)) for base, spec in ignores
    )


def _ignores(folder: Path) -> Ignores:
    for name in (".amlignore", ".gitignore"):
        if (folder / name).is_file():
            lines = (folder / name).read_text(encoding="utf-8-sig").splitlines()
            return ((folder, pathspec.PathSpec.from_lines("gitignore", lines)),)
    return ()


def _zip(folder: Path, target: Path, home: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for name, file in _folder_files(folder, _ignores(folder), home, nested=True):
            archive.write(file, f"{folder.name}/{name}")
