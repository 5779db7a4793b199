"""Questions about paths that stand in specs: answered for every text; pathlib raises on names too long.

Every file that a spec may name, or that lies among specs, is opened by ``read_bytes``.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from stat import S_ISREG

from .finding import MOST_NAMES, did_you_mean, put_near

SKIPPED_FOLDERS = {"node_modules", "site-packages", "__pycache__", "venv", "env.bak"}
MOST_LOOKED_THROUGH = 20_000
MOST_BYTES = 8 * 1024 * 1024
# Python's own parser takes 600 bytes of memory for a byte of a script.
MOST_SCRIPT_BYTES = 512 * 1024


class Unreadable(Exception):
    """A file that is not read; the message says why."""


def read_bytes(path: Path, most: int = MOST_BYTES, cut: bool = False) -> bytes:
    """Return the content of a regular file; raise Unreadable for any other.

    Of a file of over ``most`` bytes, return the first ones with ``cut``, else raise Unreadable. The
    descriptor is asked, not the path, and a pipe or device is not waited for.
    """
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not S_ISREG(status.st_mode):
                raise Unreadable("this is not a regular file")
            content = b"" if status.st_size > most and not cut else file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Unreadable(f"the file cannot be read: {reason}") from error
    if cut:
        return content[:most]
    if max(status.st_size, len(content)) > most:
        megabytes = max(status.st_size, len(content)) / 1e6
        raise Unreadable(f"the file has {megabytes:.0f} MB, more than are read")
    return content


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def exists(path: Path) -> bool:
    """Tell whether there is anything at a path."""
    return os.path.exists(path)  # noqa: PTH110


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder, sorted; none where it cannot be read."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except (OSError, ValueError):
        return []


def is_file(path: Path) -> bool:
    """Tell whether a path leads to a file."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Tell whether a path leads to a folder."""
    return os.path.isdir(path)  # noqa: PTH112


def is_script(path: Path) -> bool:
    """Tell whether a path leads to a Python script of a size that people write."""
    return path.suffix == ".py" and is_file(path) and os.path.getsize(path) <= MOST_SCRIPT_BYTES  # noqa: PTH202


def read_text(path: Path, most: int = MOST_BYTES, cut: bool = False) -> str:
    """Return a file's text; what cannot be decoded is replaced, what cannot be read is empty."""
    try:
        text = read_bytes(path, most, cut).decode("utf-8-sig", errors="replace")
    except Unreadable:
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_yaml(path: Path | str) -> bool:
    """Tell whether a path's name is that of a YAML file."""
    return str(path).lower().endswith((".yml", ".yaml"))


def siblings(path: Path, spec: Path) -> list[str]:
    """Return the names that a missing file could have had: those beside it but the spec that names it.

    Of a large folder they are more than any hint looks through, but not all.
    """
    itself = spec.name if os.path.abspath(path.parent) == os.path.abspath(spec.parent) else None
    try:
        with os.scandir(path.parent) as entries:
            names = sorted(entry.name for entry in islice(entries, MOST_NAMES + 2))
    except (OSError, ValueError):
        return []
    return [name for name in names if name != itself]


def elsewhere(text: str, base: Path, spec: Path) -> str | None:
    """Return where a path of a spec leads if it counts from a folder above ``base``, or has / for \\."""
    straight, itself = text.replace("\\", "/"), os.path.abspath(spec)
    folders = [*base.parents][:4] if straight == text else [base, *base.parents][:5]
    found = [folder / straight for folder in folders if exists(folder / straight)]
    return next((os.path.relpath(each, base) for each in found if os.path.abspath(each) != itself), None)


def repository_root(path: Path) -> Path:
    """Return the nearest folder at or above ``path`` that git keeps, else ``path``'s own folder."""
    folder = path if path.is_dir() else path.parent
    absolute = Path(os.path.abspath(folder))
    return next((each for each in (absolute, *absolute.parents) if (each / ".git").exists()), folder)


def moved(text: str, base: Path, spec: Path) -> str | None:
    """Return where the one file or folder with the name of a missing one lies in the repository, or None.

    Of several, those whose folders are named as the text says, and of these the nearest; nothing that is far
    away, in a project of its own.
    """
    parts = [part for part in Path(text).parts if part != ".."]
    if not parts or parts[-1] == spec.name:
        return None
    alike = _by_name(os.path.abspath(repository_root(spec))).get(parts[-1], [])
    for count in range(2, len(parts) + 1):
        if len(alike) > 1:
            alike = [path for path in alike if path.parts[-count:] == tuple(parts[-count:])]
    ways = sorted((os.path.relpath(path, base) for path in alike if exists(path)), key=_steps)
    is_clear = ways and (len(ways) == 1 or _steps(ways[0]) < _steps(ways[1]))
    return ways[0] if is_clear and Path(ways[0]).parts[:3] != ("..", "..", "..") else None


def _steps(way: str) -> int:
    """Return how many folders a relative path goes through."""
    return len(Path(way).parts)


@lru_cache(maxsize=4)
def _by_name(root: str) -> dict[str, list[Path]]:
    """Return what lies below a folder by its name; nothing if that is more than anybody looks through."""
    found: dict[str, list[Path]] = {}
    seen = 0
    for current, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS]
        seen += len(folders) + len(files)
        if seen > MOST_LOOKED_THROUGH:
            return {}
        for name in (*folders, *files):
            found.setdefault(name, []).append(Path(current, name))
    return found


def hint_for_missing(text: str, base: Path, spec: Path, names: Iterable[str]) -> str:
    """Return what a message on a missing file adds: the right path, or one of ``names`` that is near."""
    if right := elsewhere(text, base, spec):
        folder = os.path.relpath(base, spec.parent)
        start = "the folder of this file" if folder == "." else folder
        form = "with / for \\" if "\\" in text else f"this path is relative to {start}"
        return f"; {form}: {right}"
    if not _has_twin(text, names) and (right := moved(text, base, spec)):
        return f"; there is one at {right}"
    return did_you_mean(Path(text).name, names)


def meant_path(text: str, base: Path, spec: Path, names: Iterable[str]) -> str | None:
    """Return the path that a missing file's was meant to be, if one of that hint's is near enough."""
    way = elsewhere(text, base, spec) or (None if _has_twin(text, names) else moved(text, base, spec))
    return way or put_near(text, Path(text).name, names)


def _has_twin(text: str, names: Iterable[str]) -> bool:
    """Tell whether one of the names differs in its suffix alone: conda.yml for conda.yaml."""
    return any(Path(name).stem == Path(text).stem for name in names)


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
    for name in sorted(os.listdir(folder)):  # noqa: PTH208
        path = folder / name
        if is_folder(path) and not is_left_out(path):
            for inner, file in files_below(path, is_left_out, above | {real}):
                yield f"{name}/{inner}", file
        elif is_file(path):
            yield name, path


def python_files(folder: Path, most: int) -> list[Path] | None:
    """Return the Python scripts below a folder, in order, links not followed; None if there are too many.

    ``code: /`` is a folder, too: no more than a hundred times ``most`` names are looked at.
    """
    found: list[Path] = []
    seen = 0
    for current, folders, files in os.walk(folder):
        folders.sort()
        seen += len(folders) + len(files)
        found += (Path(current, name) for name in sorted(files) if name.endswith(".py"))
        if len(found) > most or seen > 100 * most:
            return None
    return found
