"""Inputs as a step sees them: its own and read-only, without a copy for every step where that is safe.

A step never gets a way to the original. It shares content with others only as a clone, which the file
system copies when it is written to (btrfs, XFS), as a link to a file system that is mounted read-only, or
as a hard link to a copy that belongs to the run; whether that was changed is checked when the step ends.
"""

import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path

from .files import Data, plain_name, remove, set_writable

# ioctl_ficlone(2); Python 3.11 has no name for it.
FICLONE = 0x40049409


class Shelf:
    """A run's own copies of files that several of its steps read, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._locks: dict[str, threading.Lock] = {}
        self._without_clones: set[int] = set()

    def put(self, file: Path, place: Path, is_shared: bool) -> None:
        """Make ``place`` a file of the same content, by the cheapest way that keeps the original safe."""
        if self._clone(file, place):
            return
        if is_shared and os.name != "nt":  # where a read-only file cannot be deleted under one of its names
            with suppress(OSError):  # a file system without links, or too many of them
                place.hardlink_to(self._copy_of(file))
                return
        shutil.copy2(file, place)

    def clear(self) -> None:
        """Delete the copies."""
        remove(self.folder)

    def _copy_of(self, file: Path) -> Path:
        """Return the run's read-only copy of a file as it is now, made anew if a step has changed it."""
        status = file.stat()
        fields = ("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
        copy = self.folder / "-".join(str(getattr(status, field)) for field in fields)
        with self._locks.setdefault(copy.name, threading.Lock()):
            if not copy.exists() or _differ(copy.stat(), status):
                self.folder.mkdir(exist_ok=True)
                part = copy.with_suffix(".part")
                shutil.copy2(file, part)
                set_writable(part, False)
                part.replace(copy)
        return copy

    def _clone(self, file: Path, place: Path) -> bool:
        """Clone a file; return whether the file systems can."""
        device = file.stat().st_dev
        if device in self._without_clones:
            return False
        try:
            import fcntl

            with file.open("rb") as source, place.open("wb") as target:
                fcntl.ioctl(target, FICLONE, source.fileno())
            shutil.copystat(file, place)
        except (OSError, ImportError):  # Windows has no fcntl
            place.unlink(missing_ok=True)
            self._without_clones.add(device)
            return False
        return True


def _differ(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_size, one.st_mtime_ns) != (other.st_size, other.st_mtime_ns)


def stage(data: Data, folder: Path, shelf: Shelf, writable: bool = False) -> Path:
    """Give a step its data, read-only as ``ro_mount`` is unless ``writable``; return its path."""
    target = folder / plain_name(data.name)
    (target if data.path.is_dir() else folder).mkdir(parents=True)
    for name, file in data.files:
        place = target / name
        if "/" in name:
            place.parent.mkdir(parents=True, exist_ok=True)
        if not writable and not name and _is_protected(file):
            place.symlink_to(os.path.realpath(file))
        else:
            shelf.put(file, place, data.is_shared and not writable)
    set_writable(target, writable)
    return target


def _is_protected(file: Path) -> bool:
    """Tell whether a file is on a file system that nobody can write to.

    Only for single files: tools that walk a folder tell links from files.
    """
    return hasattr(os, "statvfs") and bool(os.statvfs(file).f_flag & os.ST_RDONLY)
