"""Downloads of ``https:`` and public ``wasbs:`` data: each address once, and whole or not at all."""

import hashlib
import http.client
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from filelock import FileLock

from .data import DataError, plain_name

CHUNK = 1024 * 1024
SECONDS = 60

# Called with the address, the bytes so far and the bytes in all (None: unknown); may raise DataError.
Progress = Callable[[str, int, int | None], None]


def download(address: str, cache: Path, progress: Progress) -> Path:
    """Return the local copy of an address; raise DataError.

    A blob address that names no single blob is read as a folder.
    """
    try:
        return _download(address, cache / hashlib.sha256(address.encode()).hexdigest()[:16], progress)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        cause = getattr(error, "reason", None) or error
        raise DataError(f"{address} cannot be downloaded: {cause}") from error


def _download(address: str, folder: Path, progress: Progress) -> Path:
    path = urllib.parse.urlsplit(address).path.rstrip("/")
    target = folder / plain_name(urllib.parse.unquote(path.rpartition("/")[2]))
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):  # steps and runs side by side may want the same
        part = folder / ".part"
        _remove(part)  # left by a runner that was killed
        if not target.exists():
            try:
                _fetch(address, part, progress)
                part.rename(target)
            finally:
                _remove(part)
    return target


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part)
    part.unlink(missing_ok=True)


def _fetch(address: str, part: Path, progress: Progress) -> None:
    url = _https(address)
    blobs = list(_blobs(url)) if url != address else []
    for name, blob in blobs:
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        _fetch_file(address, blob, part / name, progress)
    if not blobs:
        _fetch_file(address, url, part, progress)


def _https(address: str) -> str:
    """Return the plain address of a blob: ``wasbs://container@account/path`` is one of its spellings."""
    parts = urllib.parse.urlsplit(address)
    if not parts.scheme.startswith("wasb"):
        return address
    container, _, host = parts.netloc.rpartition("@")
    scheme = "https" if parts.scheme == "wasbs" else "http"
    return f"{scheme}://{host}/{container}{urllib.parse.quote(parts.path)}"


def _fetch_file(address: str, url: str, part: Path, progress: Progress) -> None:
    url = urllib.parse.quote(url, safe="%/:=&?~#+!$,;'@()*[]")
    with urllib.request.urlopen(url, timeout=SECONDS) as response, part.open("wb") as file:
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
        with urllib.request.urlopen(f"{base}?{query}", timeout=SECONDS) as response:
            names = [element.text or "" for element in ElementTree.parse(response).iter("Name")]
    except (urllib.error.HTTPError, ElementTree.ParseError):
        return
    for name in names:
        if not name.endswith("/") and name.startswith(prefix) and ".." not in name.split("/"):
            yield name.removeprefix(prefix), f"{base}/{urllib.parse.quote(name)}"
