"""The snapshot: what Azure ML uploads as a component's code, and what an ignore file keeps out of it.

Rules from azure-ai-ml: an ignore file counts only at the root of ``code``, ``.amlignore`` replaces
``.gitignore``, links are followed (``_utils/_asset_utils.py``); ``__pycache__`` stays out
(``entities/_component/code.py``); ``additional_includes`` land at the root of the snapshot under their
own names, a missing ``x.zip`` beside a folder ``x`` is that folder zipped, and with them the ignore files
of inner folders count as well (``entities/_component/_additional_includes.py``).
"""

import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from .components import Component
from .document import Pointer
from .paths import exists, files_below, is_file, is_folder, names_in, read_text
from .references import FILE, parse_reference

IGNORE_FILES = (".amlignore", ".gitignore")
# What pathspec makes of *, of the folders before a name, and of /**/.
_STAR, _FRONT, _FOLDERS = "[^/]*", "^(?:.+/)?", "(?:/.+)?/"
_STAR_BEFORE_STAR = re.compile(
    r"\[\^/\]\*((?:\\.|[^\\\[\](){}?*+|^$/]|\[\^?[^\[\]]+\](?![*+]))+)(?=\[\^/\]\*)"
)


class SnapshotError(Exception):
    """A component's code cannot be collected; ``pointer`` leads to what names it in the component."""

    def __init__(self, message: str, *pointer: str | int) -> None:
        super().__init__(message)
        self.pointer: Pointer = pointer


@dataclass(frozen=True)
class IgnoreLine:
    """The line of an ignore file that keeps a file out of the snapshot; ``line`` counts from 1."""

    path: Path
    line: int
    text: str


@dataclass(frozen=True)
class IgnoreFile:
    """An ignore file that counts; ``base`` is the folder that its patterns start from."""

    path: Path
    base: Path

    @cached_property
    def _patterns(self) -> list[tuple[IgnoreLine, re.Pattern, bool]]:
        lines = read_text(self.path).splitlines()
        return [
            (IgnoreLine(self.path, number, line), *pattern)
            for number, line in enumerate(lines, start=1)
            if (pattern := _pattern(line))
        ]

    def line_for(self, file: Path) -> IgnoreLine | None:
        """Return the line that keeps a file out, the last that matches having the last word; or None."""
        name, last = file.relative_to(self.base).as_posix(), None
        for line, pattern, keeps_out in self._patterns:
            if pattern.search(name):
                last = line if keeps_out else None
        return last


def _pattern(line: str) -> tuple[re.Pattern, bool] | None:
    """Return the pattern of a line and whether it keeps files out; None if it matches nothing, as in git."""
    # Imported where there is an ignore file to read: the validator has to start quickly.
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    try:
        text, keeps_out = GitIgnoreSpecPattern.pattern_to_regex(line)
        with warnings.catch_warnings(action="ignore"):  # Python's, of brackets that it may read otherwise
            return None if text is None or keeps_out is None else (re.compile(_linear(text)), keeps_out)
    except (ValueError, re.error):
        return None


def _linear(pattern: str) -> str:
    """Return pathspec's pattern with one way for each of its stars but the last: the shortest is enough.

    ``*a*a*a*a*b`` would else be tried in every way on a name of many a's.
    """
    pattern = re.sub(rf"(?:{re.escape(_STAR)})+", lambda _: _STAR, pattern)
    first, *rest = _STAR_BEFORE_STAR.sub(_shortest, pattern).split(_FOLDERS)
    if not rest:
        return first
    if first.startswith(_FRONT):
        first = f"^(?>(?:.+?/)??{first.removeprefix(_FRONT)}(?=/))"
    middle = "".join(f"(?>(?:/.+?)??/{part}(?=/))" for part in rest[:-1])
    return f"{first}{middle}{_FOLDERS}{rest[-1]}"


def _shortest(star: re.Match) -> str:
    """Return a star and what follows it, which brackets do not lead out of the folder, as in git."""
    inside = re.sub(r"(?<!\\)\[", "(?!/)[", star[1])
    return f"(?>[^/]*?{inside})"


@dataclass(frozen=True)
class Shipped:
    """One file of a snapshot: its name there, where it is now, and the archive it is packed into, if any."""

    name: str
    source: Path
    archive: str = ""


@dataclass(frozen=True)
class Snapshot:
    """A component's code folder (or single file), if it has one, and its additional includes."""

    code: Path | None
    includes: tuple[Path, ...] = ()

    @property
    def folder(self) -> Path | None:
        """The code folder; None for a single file and for a step without code."""
        return self.code if self.code and is_folder(self.code) else None

    def files(self) -> Iterator[Shipped]:
        """Yield the files that are shipped, in order."""
        return (file for file, line in self._all() if line is None)

    def left_out(self) -> Iterator[tuple[Shipped, IgnoreLine]]:
        """Yield the files that an ignore file keeps out, and the line that does it."""
        return ((file, line) for file, line in self._all() if line is not None)

    def find(self, name: str) -> Path | None:
        """Return the file or folder under a name in the snapshot, ignored or not; None if it is not there."""
        return next((place for place in self._places(name) if exists(place)), None)

    def ignored_by(self, name: str) -> IgnoreLine | None:
        """Return the line of an ignore file that keeps the file of this name out of the snapshot, or None."""
        path = self.find(name)
        if path is None or not is_file(path):
            return None
        return _line_for(path, self._ignore_files_for(path))

    def leaves_out(self, name: str) -> bool:
        """Tell whether an ignore file keeps a file, or all that lies in a folder, out of the snapshot."""
        path = self.find(name)
        if path is None:
            return True
        probe = path / "any" if is_folder(path) else path
        return _line_for(probe, self._ignore_files_for(probe)) is not None

    def names(self) -> list[str]:
        """Return the names at the top of the snapshot, ignored or not."""
        inside = names_in(self.code) if self.code and is_folder(self.code) else []
        return sorted({*inside, *(path.name for path in self.tops())})

    def _places(self, name: str) -> Iterator[Path]:
        if self.code and is_folder(self.code):
            yield self.code / name
        parts = Path(name).parts
        yield from (path.joinpath(*parts[1:]) for path in self.tops() if parts and path.name == parts[0])

    def tops(self) -> list[Path]:
        """Return what lands at the top beside the content of the code folder."""
        single = [self.code] if self.code and not is_folder(self.code) else []
        return [*single, *self.includes]

    def _ignore_files_for(self, path: Path) -> tuple[IgnoreFile, ...]:
        if self.code and path.is_relative_to(self.code):
            return self._root + (_inner(self.code, path) if self.includes else ())
        top = next(top for top in self.tops() if path.is_relative_to(top))
        return self._ignore_files_of(top) + (_inner(top, path) if is_folder(top) else ())

    @cached_property
    def _root(self) -> tuple[IgnoreFile, ...]:
        return _ignore_files(self.code) if self.code and is_folder(self.code) else ()

    def _ignore_files_of(self, include: Path) -> tuple[IgnoreFile, ...]:
        """Return what counts for an include: its own, and the code folder's patterns from where it lies."""
        inherited = tuple(IgnoreFile(each.path, include.parent) for each in self._root)
        return inherited + (_ignore_files(include) if is_folder(include) else ())

    def _all(self) -> Iterator[tuple[Shipped, IgnoreLine | None]]:
        if self.code and is_folder(self.code):
            yield from _walk(self.code, "", "", self._root, inner=bool(self.includes))
        elif self.code:
            yield Shipped(self.code.name, self.code), None
        for include in self.includes:
            ignores = self._ignore_files_of(include)
            if is_file(include):
                yield Shipped(include.name, include), _line_for(include, ignores)
                continue
            folder = include if is_folder(include) else include.with_suffix("")
            archive = "" if is_folder(include) else include.name
            ignores = self._ignore_files_of(folder)
            yield from _walk(folder, f"{folder.name}/", archive, ignores, inner=True)


def read_snapshot(component: Component) -> Snapshot:
    """Return a component's snapshot; raise SnapshotError where its code or an include is out of reach."""
    base = component.document.path.parent
    code, includes = component.data.get("code"), component.data.get("additional_includes") or []
    if not isinstance(includes, list):
        raise SnapshotError("a list of paths was expected", "additional_includes")
    found = tuple(_include(base, include, index) for index, include in enumerate(includes))
    return Snapshot(_code(base, code) if isinstance(code, str) else None, found)


def uploaded_files(path: Path) -> list[tuple[str, Path]]:
    """Return (name, file) of what Azure ML uploads of local data: a folder's ignore file counts there too.

    Source: azure-ai-ml ``_artifacts/_artifact_utilities.py``.
    """
    if is_file(path):
        return [("", path)]
    found = _walk(path, "", "", _ignore_files(path), inner=False, skip=())
    return [(file.name, file.source) for file, line in found if line is None]


def git_ignores(path: Path) -> bool:
    """Tell whether a ``.gitignore`` at or above a path, up to the repository's root, keeps it out of git."""
    for folder in path.parents:
        ignore = IgnoreFile(folder / ".gitignore", folder)
        if is_file(ignore.path) and (ignore.line_for(path) or ignore.line_for(path / "any")):
            return True
        if exists(folder / ".git"):
            return False
    return False


def is_runner_home(folder: Path) -> bool:
    """Tell whether a folder is the runner's own ``.local``, which is never part of a snapshot."""
    if folder.name != ".local" and not folder.is_symlink():
        return False
    return os.path.basename(os.path.realpath(folder)) == ".local" and is_file(folder / "mlflow.db")  # noqa: PTH119


def _code(base: Path, text: str) -> Path:
    reference = parse_reference(text)
    if reference.kind != FILE:
        raise SnapshotError(f"the code {text} cannot be reached from here; give a local folder", "code")
    path = reference.resolve(base)
    if not exists(path):
        raise SnapshotError(f"the code folder {text} does not exist", "code")
    return path


def _include(base: Path, include: object, index: int) -> Path:
    place = ("additional_includes", index)
    if not isinstance(include, str):
        raise SnapshotError("an additional include from an artifact feed cannot be fetched here", *place)
    source = Path(os.path.normpath(base / include))
    if source.name in ("", ".."):  # its own name is that of the folder it stands for
        source = Path(os.path.abspath(source))
    if exists(source) or (source.suffix == ".zip" and is_folder(source.with_suffix(""))):
        return source
    raise SnapshotError(f"the additional include {include} does not exist", *place)


def _walk(
    folder: Path,
    prefix: str,
    archive: str,
    ignores: tuple[IgnoreFile, ...],
    inner: bool,
    skip: tuple[str, ...] = ("__pycache__",),
) -> Iterator[tuple[Shipped, IgnoreLine | None]]:
    """Yield every file below a folder with what keeps it out; with ``inner``, ignore files inside count."""
    read = cache(_ignore_files)
    for name, file in files_below(folder, is_runner_home):
        parts = name.split("/")
        if set(skip) & set(parts):
            continue
        counting = ignores
        if inner:
            within = [folder.joinpath(*parts[:depth]) for depth in range(1, len(parts))]
            counting = (*ignores, *(found for parent in within for found in read(parent)))
        yield Shipped(f"{prefix}{name}", file, archive), _line_for(file, counting)


def _inner(folder: Path, path: Path) -> tuple[IgnoreFile, ...]:
    """Return the ignore files of the folders between ``folder`` and a file in it."""
    parts = path.relative_to(folder).parts
    within = [folder.joinpath(*parts[:depth]) for depth in range(1, len(parts))]
    return tuple(found for parent in within for found in _ignore_files(parent))


def _line_for(file: Path, ignores: tuple[IgnoreFile, ...]) -> IgnoreLine | None:
    return next((line for ignore in ignores if (line := ignore.line_for(file))), None)


def _ignore_files(folder: Path) -> tuple[IgnoreFile, ...]:
    path = next((folder / name for name in IGNORE_FILES if is_file(folder / name)), None)
    return (IgnoreFile(path, folder),) if path else ()
