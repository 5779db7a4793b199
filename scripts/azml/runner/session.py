"""``.local``: its folders and locks, the folder of each run, and what a killed runner left behind.

It holds ``mlflow.db``, ``mlartifacts``, ``runs/<run>/<step>``, ``downloads`` and the records of reuse.
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from azml.core.home import HOME

from .data.files import remove
from .process import FOLDER_VARIABLE, end_run
from .tracking.store import FAILED, Tracking, open_tracking

# In a run's folder: the copies that its steps share, while it runs.
SHELF = ".inputs"
_UNSAFE = re.compile(r"[^\w/.\-+=@%,]")


@contextmanager
def open_session(stem: str) -> Iterator[tuple[Path, Tracking]]:
    """Yield a new run's folder, locked until the end of the block, and the MLflow store.

    The folder's name is the time and ``stem``; ``.local`` is there. Raise OSError, TrackingError.
    """
    home = HOME.absolute()
    with FileLock(home / "lock"):
        tracking = open_tracking(home)
        _close_dead_runs(tracking)
        folder = _run_folder(home / "runs", stem)
        lock = FileLock(folder / ".lock")
        lock.acquire()
    with lock:
        yield folder, tracking


def _close_dead_runs(tracking: Tracking) -> None:
    """End what a killed runner left: processes, and MLflow runs, which are marked as failed."""
    dead = set()
    for run, folder in tracking.running():
        if _is_dead(Path(folder)):
            dead.add(Path(folder))
            tracking.end(run, FAILED)
    for each in dead:
        end_run(str(each), FOLDER_VARIABLE)
        with suppress(OSError):  # somebody else's
            remove(_plain_link(each).parent)
    for shelf in tracking.home.glob(f"runs/*/{SHELF}"):
        if _is_dead(shelf.parent):
            remove(shelf)


def _is_dead(folder: Path) -> bool:
    """Tell whether no runner holds the lock of a run's folder."""
    if not folder.is_dir():
        return True
    with suppress(Timeout), FileLock(folder / ".lock", blocking=False):
        return True
    return False


def _run_folder(runs: Path, stem: str) -> Path:
    """Make the new run's folder: never one that is there already."""
    runs.mkdir(exist_ok=True)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{stem[:80]}"
    for number in range(1, 1000):
        folder = runs / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise FileExistsError(f"{runs / name} and 998 like it exist")


@contextmanager
def plain_path(folder: Path) -> Iterator[Path]:
    """Yield a path to a run's folder that shells do not split: itself, or a link, deleted at the end."""
    if os.name == "nt" or not _UNSAFE.search(str(folder)):
        yield folder
        return
    link = _plain_link(folder)
    link.parent.mkdir(mode=0o700)  # not one that somebody else has made
    try:
        link.symlink_to(folder)
        yield link
    finally:
        remove(link.parent)


def _plain_link(folder: Path) -> Path:
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"azml-{name}", "run")
