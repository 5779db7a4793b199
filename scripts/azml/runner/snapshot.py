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
from functools import cache
from pathlib import Path

from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from azml.core.components import Component
from azml.core.document import Pointer
from azml.core.references import FILE, parse_reference

from .data import DataError, Files, files_below


class SnapshotError(DataError):
    """The code of a step cannot be collected; ``pointer`` leads to what names it in the component."""

    def __init__(self, message: str, *pointer: str | int) -> None:
        super().__init__(message)
        self.pointer: Pointer = pointer


# Ignore files that count for a file: each with the folder that its patterns start from.
Ignores = tuple[tuple[Path, PathSpec], ...]
# One file of a snapshot: the archive it is packed into ("" for none), its name there, where it is now.
Entry = tuple[str, str, Path]


def copy_snapshot(component: Component, target: Path, home: Path) -> None:
    """Copy a component's code and its additional includes into the folder ``target``."""
    for archive, name, source in snapshot_files(component, home):
        if archive:
            with zipfile.ZipFile(target / archive, "a", strict_timestamps=False) as packed:
                packed.write(source, name)
        else:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def snapshot_files(component: Component, home: Path) -> Iterator[Entry]:
    """Yield the files of a component's snapshot, ``home`` (the runner's) left out; raise SnapshotError."""
    code, includes = snapshot_sources(component)
    root = _ignores(code) if code else ()
    if code and code.is_file():
        yield "", code.name, code
    elif code:
        yield from (("", name, file) for name, file in _kept(code, root, home, inner=bool(includes)))
    for source in includes:
        if source.is_file():
            if not any(spec.match_file(source.name) for _, spec in root):
                yield "", source.name, source
            continue
        folder = source if source.is_dir() else source.with_suffix("")
        archive = "" if source.is_dir() else source.name
        ignores = tuple((source.parent, spec) for _, spec in root) + _ignores(folder)
        for name, file in _kept(folder, ignores, home, inner=True):
            yield archive, f"{folder.name}/{name}", file


def uploaded_files(path: Path, home: Path) -> Files:
    """Return what Azure ML uploads of local data: a folder's ignore file counts as in code.

    Source: azure-ai-ml ``_artifacts/_artifact_utilities.py``.
    """
    if path.is_file():
        return [("", path)]
    ignores = _ignores(path)
    return [(name, file) for name, file in _below(path, home) if not _is_ignored(file, ignores)]


def snapshot_sources(component: Component) -> tuple[Path | None, list[Path]]:
    """Return the code folder (or file) and the additional includes; raise SnapshotError."""
    base = component.document.path.parent
    code, includes = component.data.get("code"), component.data.get("additional_includes") or []
    folder = None
    if isinstance(code, str):
        reference = parse_reference(code)
        if reference.kind != FILE:
            raise SnapshotError(f"the code {code} is out of reach from here; give a local folder", "code")
        folder = reference.resolve(base)
        if not folder.exists():
            raise SnapshotError(f"the code folder {code} does not exist", "code")
    if not isinstance(includes, list):
        raise SnapshotError("a list of paths was expected", "additional_includes")
    return folder, [_include(base, each, index) for index, each in enumerate(includes)]


def _include(base: Path, include: object, index: int) -> Path:
    place = ("additional_includes", index)
    if not isinstance(include, str):
        raise SnapshotError("an additional include from an artifact feed cannot be fetched here", *place)
    source = Path(os.path.normpath(base / include))
    if source.exists() or (source.suffix == ".zip" and source.with_suffix("").is_dir()):
        return source
    raise SnapshotError(f"the additional include {include} does not exist", *place)


def _kept(folder: Path, ignores: Ignores, home: Path, inner: bool) -> Iterator[tuple[str, Path]]:
    """Yield (name, file) below a folder; ``inner`` says whether ignore files inside it count too."""
    read = cache(_ignores)
    for name, file in _below(folder, home):
        parts = name.split("/")
        within = [folder.joinpath(*parts[:depth]) for depth in range(1, len(parts))] if inner else ()
        counting = (*ignores, *(each for parent in within for each in read(parent)))
        if "__pycache__" not in parts and not _is_ignored(file, counting):
            yield name, file


def _below(folder: Path, home: Path) -> Iterator[tuple[str, Path]]:
    return files_below(folder, frozenset({os.path.realpath(home)}))


def _is_ignored(path: Path, ignores: Ignores) -> bool:
    return any(spec.match_file(path.relative_to(base)) for base, spec in ignores)


def _ignores(folder: Path) -> Ignores:
    for name in (".amlignore", ".gitignore"):
        if (folder / name).is_file():
            lines = (folder / name).read_text(encoding="utf-8-sig", errors="replace").splitlines()
            return ((folder, PathSpec.from_lines(GitIgnoreSpecPattern, lines)),)
    return ()
