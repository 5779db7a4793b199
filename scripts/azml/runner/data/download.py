"""Downloads of ``https:`` and public ``wasbs:`` data: each address once, and whole or not at all.

What a container holds is not trusted: every name that it lists must stay below the folder of the download.
"""

import hashlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from filelock import FileLock

from azml.core.secrets import hide_secrets

from .files import DataError, inside, plain_name, remove

CHUNK = 1024 * 1024
SECONDS = 60
# A page lists at most 5,000 blobs (https://learn.microsoft.com/rest/api/storageservices/list-blobs).
MOST_PAGE_BYTES = 64 * 1024 * 1024

# Called with the address, the bytes so far and the bytes in all (None: unknown); may raise DataError.
Progress = Callable[[str, int, int | None], None]


def download(address: str, cache: Path, progress: Progress, remedy: str = "") -> Path:
    """Return the local copy of an address; raise DataError.

    A blob address that names no single blob is read as a folder. ``remedy`` is what to do where it fails.
    """
    try:
        return _download(address, downloaded(address, cache), progress)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        cause = getattr(error, "reason", None) or error
        raise DataError(hide_secrets(f"{address} cannot be downloaded: {cause}{remedy}")) from error


def downloaded(address: str, cache: Path) -> Path:
    """Return where the local copy of an address is, or will be."""
    path = urllib.parse.urlsplit(address).path.rstrip("/")
    folder = cache / hashlib.sha256(address.encode()).hexdigest()[:16]
    return inside(folder, plain_name(urllib.parse.unquote(path.rpartition("/")[2])))


def _download(address: str, target: Path, progress: Progress) -> Path:
    url, folder = _https(address), target.parent
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):  # steps and runs side by side may want the same
        part = folder / ".part"
        remove(part)  # left by a runner that was killed
        if not target.exists():
            try:
                _fetch(address, url, part, progress)
                part.rename(target)
            finally:
                remove(part)
    return target


def _fetch(address: str, url: str, part: Path, progress: Progress) -> None:
    def report(done: int, total: int | None) -> None:
        progress(address, done, total)

    blobs = list(_Container(url, report).files()) if url != address else []
    for name, blob in blobs:
        place = inside(part, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            raise DataError(f"{hide_secrets(address)} has two blobs for the file {name}")
        _fetch_file(blob, place, report)
    if not blobs:
        _fetch_file(url, part, report)


def _https(address: str) -> str:
    """Return the plain address of a blob: ``wasbs://container@account/path`` is one of its spellings."""
    parts = urllib.parse.urlsplit(address)
    container, _, host = parts.netloc.rpartition("@")
    if not parts.scheme.startswith("wasb"):
        if container:
            raise DataError(f"{hide_secrets(address)} cannot be downloaded: it names a user")
        return address
    scheme = "https" if parts.scheme == "wasbs" else "http"
    return f"{scheme}://{host}/{container}{urllib.parse.quote(parts.path)}"


def _fetch_file(url: str, part: Path, report: Callable[[int, int | None], None]) -> None:
    url = urllib.parse.quote(url, safe="%/:=&?~#+!$,;'@()*[]")
    with urllib.request.urlopen(url, timeout=SECONDS) as response, part.open("wb") as file:
        length = response.headers.get("Content-Length")
        total = int(length) if length else None
        done = 0
        while block := response.read1(CHUNK):  # what has come so far: a slow server must not delay a stop
            file.write(block)
            done += len(block)
            report(done, total)
    if total is not None and done != total:
        raise OSError(f"the connection ended after {done} of {total} bytes")


@dataclass
class _Container:
    """The blobs below the address of a blob or folder in a public container."""

    url: str
    report: Callable[[int, int | None], None]

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield (name below the folder, address) of each file; nothing if the address is not a folder.

        As in azure-ai-ml (``_artifacts/_blob_storage_helper.py``) slashes at the front of a name do not
        count and the markers of folders are not files.
        """
        parts = urllib.parse.urlsplit(self.url)
        container, _, prefix = urllib.parse.unquote(parts.path).lstrip("/").partition("/")
        prefix = prefix.rstrip("/") + "/" if prefix else ""
        base = f"{parts.scheme}://{parts.netloc}/{container}"
        blobs = [blob for page in self._pages(base, prefix) for blob in page.iter("Blob")]
        names = [blob.findtext("Name") or "" for blob in blobs]
        folders = _folders(names)
        for blob, name in zip(blobs, names, strict=True):
            below = name.removeprefix(prefix).strip("/")
            if name.startswith(prefix) and below and not _is_folder(blob, name, folders):
                yield below, f"{base}/{urllib.parse.quote(name)}"

    def _pages(self, base: str, prefix: str) -> Iterator[ElementTree.Element]:
        """Yield the pages of the list; nothing where a container lists nothing to strangers."""
        query = {"restype": "container", "comp": "list", "include": "metadata", "prefix": prefix}
        seen: set[str] = set()
        marker = ""
        while marker not in seen:
            seen.add(marker)
            try:
                asked = query | ({"marker": marker} if marker else {})
                page = self._page(f"{base}?{urllib.parse.urlencode(asked)}")
            except (urllib.error.HTTPError, ElementTree.ParseError):
                if marker:
                    raise
                return
            yield page
            marker = page.findtext("NextMarker") or ""
        if marker:
            raise OSError("the container lists the same blobs again and again")

    def _page(self, url: str) -> ElementTree.Element:
        parser = ElementTree.XMLParser()
        done = 0
        with urllib.request.urlopen(url, timeout=SECONDS) as response:
            while block := response.read1(CHUNK):
                parser.feed(block)
                done += len(block)
                self.report(0, None)
                if done > MOST_PAGE_BYTES:
                    raise OSError("the list of the container's blobs does not end")
        return parser.close()


def _folders(names: list[str]) -> set[str]:
    """Return the names that are folders of other names."""
    found: set[str] = set()
    for name in names:
        parent = name.rpartition("/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition("/")[0]
    return found


def _is_folder(blob: ElementTree.Element, name: str, folders: set[str]) -> bool:
    """Tell whether a blob only marks a folder: by its name, its metadata, or empty above other blobs."""
    is_marked = (blob.findtext("Metadata/hdi_isfolder") or "").lower() == "true"
    is_empty = blob.findtext("Properties/Content-Length") == "0"
    return name.endswith("/") or is_marked or (is_empty and name in folders)
