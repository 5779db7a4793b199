"""Data on its way into a step: downloads, the read-only copies that steps see, and content hashes."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

CHUNK = 1024 * 1024
# A file changed this recently (seconds) may change again without its times telling.
SETTLED = 0.05
_UNSAFE = re.compile(r"[^\w.\-+=@%,]")

Progress = Callable[[str, int, int | None], None]


class DataError(Exception):
    """Data cannot be had; the message says which and why."""


# Downloads


def download(address: str, cache: Path, progress: Progress) -> Path:
    """Return the local copy of ``https:`` or public ``wasbs:`` data, downloaded at most once.

    A blob address that names no single blob is read as a folder. ``progress`` is called with the
    address, the bytes so far and the bytes in all (None: unknown).
    """
    url = _https(address)
    folder = cache / hashlib.sha256(address.encode()).hexdigest()[:16]
    name = urllib.parse.unquote(url.rstrip("/").rpartition("/")[2].partition("?")[0]) or "data"
    target = folder / name
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{name}.{os.getpid()}.part"
        try:
            _fetch(address, url, part, progress)
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
            part.unlink(missing_ok=True)
    return target


def _https(address: str) -> str:
    """Return the plain address of a blob: ``wasbs://container@account/path`` is one of its spellings."""
    parts = urllib.parse.urlsplit(address)
    if not parts.scheme.startswith("wasb"):
        return address
    container, _, host = parts.netloc.rpartition("@")
    scheme = "https" if parts.scheme == "wasbs" else "http"
    return f"{scheme}://{host}/{container}{urllib.parse.quote(parts.path)}"


def _fetch(address: str, url: str, part: Path, progress: Progress) -> None:
    try:
        if url != address:
            blobs = list(_blobs(url))
            if blobs:
                for name, blob_url in blobs:
                    (part / name).parent.mkdir(parents=True, exist_ok=True)
                    _fetch_file(address, blob_url, part / name, progress)
                return
        _fetch_file(address, url, part, progress)
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"{address} cannot be downloaded: {reason}") from error


def _fetch_file(address: str, url: str, part: Path, progress: Progress) -> None:
    with urllib.request.urlopen(url, timeout=60) as response, part.open("wb") as file:
        length = response.headers.get("Content-Length")
        total = int(length) if length else None
        done = 0
        while block := response.read(CHUNK):
            file.write(block)
            done += len(block)
            progress(address, done, total)
    if total is not None and done != total:
        raise OSError(f"the connection ended after {done} of {total} bytes")


def _blobs(url: str) -> Iterator[tuple[str, str]]:
    """Yield (name below the folder, address) of the blobs below a public blob address, if it is a folder."""
    parts = urllib.parse.urlsplit(url)
    container, _, prefix = urllib.parse.unquote(parts.path).lstrip("/").partition("/")
    prefix = prefix.rstrip("/") + "/" if prefix else ""
    base = f"{parts.scheme}://{parts.netloc}/{container}"
    query = urllib.parse.urlencode({"restype": "container", "comp": "list", "prefix": prefix})
    try:
        with urllib.request.urlopen(f"{base}?{query}", timeout=60) as response:
            names = [each.text or "" for each in ElementTree.parse(response).iter("Name")]
    except (urllib.error.HTTPError, ElementTree.ParseError):
        return
    for name in names:
        if not name.endswith("/"):
            yield name.removeprefix(prefix), f"{base}/{urllib.parse.quote(name)}"


# What a step sees


def stage(source: Path, folder: Path) -> Path:
    """Give a step its own read-only copy of a file or folder, as ``ro_mount`` does; return its path.

    Names that a shell would take apart are changed: Azure ML's own paths hold no such characters.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / _UNSAFE.sub("_", source.name or "data")
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
    set_writable(target, False)
    return target


def set_writable(path: Path, writable: bool, folders: bool = True) -> None:
    """Add or remove the owner's right to write, for a file or for everything in a folder."""
    for current, below, files in os.walk(path, topdown=writable):
        for name in (*files, *(below if folders else ())):
            _chmod(Path(current, name), writable)
    if folders or path.is_file():
        _chmod(path, writable)


def _chmod(path: Path, writable: bool) -> None:
    if not path.is_symlink():
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | stat.S_IWUSR if writable else mode & ~0o222)


def remove(path: Path) -> None:
    """Delete a read-only copy."""
    if path.exists():
        set_writable(path, True)
        shutil.rmtree(path)


# Content


def listing(path: Path) -> list[tuple[str, Path]]:
    """Return (name, file) of a file, or of every file in a folder, in order."""
    if not path.is_dir():
        return [("", path)]
    found = (Path(current, name) for current, _, names in os.walk(path) for name in names)
    return sorted((file.relative_to(path).as_posix(), file) for file in found if file.is_file())


def signature(path: Path) -> tuple[str, float]:
    """Return what tells cheaply that nothing changed, and when the last change was (seconds)."""
    digest, latest = hashlib.sha256(), 0.0
    for name, file in listing(path):
        status = file.stat()
        fields = (name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        digest.update(repr(fields).encode())
        latest = max(latest, status.st_mtime, status.st_ctime)
    return digest.hexdigest(), latest


def hash_files(files: list[tuple[str, Path]]) -> str:
    """Return a hash of names and contents."""
    digest = hashlib.sha256()
    for name, path in files:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{name}\0{content}\n".encode())
    return digest.hexdigest()


class Hashes:
    """Content hashes, remembered: data is read again only when its files' sizes or times changed."""

    def __init__(self, database: Path) -> None:
        self.database = database
        with self._open() as store:
            store.execute(
                "CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, signature TEXT, hash TEXT)"
            )

    def _open(self) -> closing[sqlite3.Connection]:
        store = sqlite3.connect(self.database, timeout=60, isolation_level=None)
        return closing(store)

    def of(self, path: Path) -> str:
        """Return the hash of the content of a file or folder; its name does not count."""
        key = os.path.realpath(path)
        seen, latest = signature(path)
        with self._open() as store:
            row = store.execute("SELECT signature, hash FROM hashes WHERE path = ?", (key,)).fetchone()
            if row and row[0] == seen:
                return row[1]
            content = hash_files(listing(path))
            if time.time() - latest > SETTLED:
                store.execute("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?)", (key, seen, content))
        return content


def write_json(path: Path, content: object) -> None:
    """Write a file that is either there as a whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
