"""Data for a step: the files of a folder, the copies that steps see, and content hashes."""

import hashlib
import os
import re
import shutil
import sqlite3
import stat
import time
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from azml.core.components import Component
from azml.core.paths import files_below
from azml.core.snapshot import Shipped, SnapshotError, read_snapshot

# Files, each with its name below the folder that they are taken from.
Files = list[tuple[str, Path]]

# A file changed this recently (seconds) may change again without its times telling.
SETTLED = 0.05
_UNSAFE = re.compile(r"[^\w.\-+=@%,]")


class DataError(Exception):
    """Data cannot be read or downloaded; the message says which and why."""


def reason(error: Exception) -> str:
    """Return what went wrong, without the error number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)


def listing(path: Path) -> Files:
    """Return (name, file) of a file, or of every file in a folder, in order.

    What a link takes from outside of the folder is left out.
    """
    if not path.is_dir():
        return [("", path)]
    found = files_below(path, lambda folder: leads_out(folder, path))
    return [(name, file) for name, file in found if not leads_out(file, path)]


def leads_out(path: Path, folder: Path) -> bool:
    """Tell whether a path is a link to something outside of a folder."""
    return path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def link_out_of(path: Path) -> Path | None:
    """Return the first link, at or below a path, that leads out of it; None if all stay inside."""
    if path.is_symlink():
        return path
    below = (Path(folder, name) for folder, *names in os.walk(path) for name in (*names[0], *names[1]))
    return next((each for each in below if leads_out(each, path)), None)


def shipped_files(component: Component) -> list[Shipped]:
    """Return the files of a component's snapshot; raise DataError."""
    try:
        return list(read_snapshot(component).files())
    except SnapshotError as error:
        raise DataError(str(error)) from error


def copy_snapshot(component: Component, target: Path) -> None:
    """Copy a component's code and its additional includes into the folder ``target``."""
    for file in shipped_files(component):
        if file.archive:
            with zipfile.ZipFile(inside(target, file.archive), "a", strict_timestamps=False) as packed:
                packed.write(file.source, file.name)
        else:
            place = inside(target, file.name)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file.source, place)


# What a step sees


@dataclass(frozen=True)
class Data:
    """A file or folder that a step is given; ``find`` lists what the step sees of it, as it is now.

    ``is_shared`` tells whether other steps or trials are given the same.
    """

    path: Path
    find: Callable[[Path], Files] = listing
    is_shared: bool = False

    @property
    def name(self) -> str:
        """Its own name, however the path is written."""
        return Path(os.path.abspath(self.path)).name

    @property
    def files(self) -> Files:
        """What the step sees: (name, file)."""
        return self.find(self.path)


def plain_name(name: str) -> str:
    """Return a name without what a shell would take apart: Azure ML's own paths hold no such characters."""
    plain = _UNSAFE.sub("_", name)
    return plain if plain.strip(".") else "data"


def inside(folder: Path, name: str) -> Path:
    """Return the place of a name from elsewhere below a folder; raise DataError if it leads out of it."""
    root = Path(os.path.realpath(folder))
    path = Path(os.path.realpath(root / name))
    if root not in path.parents:
        raise DataError(f"the name '{name}' leads out of its folder")
    return path


def set_writable(path: Path, writable: bool, folders: bool = True) -> None:
    """Add or remove the owner's right to write, for a file or for everything in a folder.

    What links lead to and files that also have another name may not be the runner's: they stay as they are.
    """
    if path.is_symlink():
        return
    for current, below, files in os.walk(path, topdown=writable):
        for name in (*files, *(below if folders else ())):
            _chmod(Path(current, name), writable)
    if folders or path.is_file():
        _chmod(path, writable)


def link(path: Path, target: Path) -> None:
    """Make ``path`` lead to ``target``: a relative link, or a copy where the system allows no links."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(os.path.relpath(target, path.parent))
    except OSError:
        if os.name != "nt":
            raise
        (shutil.copytree if target.is_dir() else shutil.copy2)(target, path)


def copy_links(source: Path, target: Path) -> None:
    """Give a file, or every file of a folder, a second name at ``target``, or a copy if links do not work.

    What a link takes from outside of the folder is left out.
    """
    for name, file in listing(source):
        place = inside(target, name) if name else target
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        real = Path(os.path.realpath(file))
        try:
            place.hardlink_to(real)
        except OSError:
            shutil.copy2(real, place)


def _chmod(path: Path, writable: bool) -> None:
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1):
        mode = stat.S_IMODE(status.st_mode)
        path.chmod(mode | stat.S_IWUSR if writable else mode & ~0o222)


def remove(path: Path) -> None:
    """Delete a file, a link or a folder, read-only or not."""
    if path.is_dir() and not path.is_symlink():
        set_writable(path, True)
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


# Content


def signature(files: Files, with_links: bool = True) -> tuple[str, float]:
    """Return what tells cheaply that nothing changed, and when the last change was (seconds).

    Without ``with_links``, a new hard link to a file does not count as a change.
    """
    digest, latest = hashlib.sha256(), 0.0
    for name, file in files:
        status = file.stat()
        changed = status.st_ctime_ns if with_links else 0
        fields = (name, status.st_size, status.st_mtime_ns, changed, status.st_ino)
        digest.update(repr(fields).encode())
        latest = max(latest, status.st_mtime, status.st_ctime)
    return digest.hexdigest(), latest


def hash_files(files: Files) -> str:
    """Return a hash of names and contents."""
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(os.fsencode(f"{name}\0{hash_file(path)}\n"))
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Return a hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Hashes:
    """Content hashes, remembered: data is read again only when its files' sizes or times changed.

    What cannot be remembered (a damaged store, a full disk) is computed anew.
    """

    def __init__(self, database: Path) -> None:
        self.database = database

    def of(self, data: Data) -> str:
        """Return the hash of the content of a file or folder; its name does not count."""
        key = os.path.realpath(data.path)
        files = data.files
        seen, latest = signature(files)
        with suppress(sqlite3.Error):
            row = self._execute("SELECT signature, hash FROM hashes WHERE path = ?", key)
            if row and row[0] == seen:
                return row[1]
        content = hash_files(files)
        if time.time() - latest > SETTLED:
            with suppress(sqlite3.Error):
                self._execute("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?)", key, seen, content)
        return content

    def _execute(self, statement: str, *values: str) -> tuple | None:
        with closing(sqlite3.connect(self.database, timeout=60, isolation_level=None)) as store:
            store.execute(
                "CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, signature TEXT, hash TEXT)"
            )
            return store.execute(statement, values).fetchone()
