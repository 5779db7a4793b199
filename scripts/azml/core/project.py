"""A repository's YAML files: each read at most once, and its assets by name."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from .document import Document, load
from .kinds import kind_of, may_be_spec
from .paths import SKIPPED_FOLDERS, exists, read_text
from .references import Reference
from .stand_ins import StandIns
from .values import mapping


class Documents:
    """YAML files as they are on disk, or as ``texts`` has them; read again only where they have changed.

    An editor's unsaved files and what fixes would write are ``texts``, by absolute path.
    """

    def __init__(self) -> None:
        self.texts: dict[Path, str] = {}
        self._kept: dict[Path, tuple[object, Document]] = {}
        self._seen: dict[Path, tuple[object, str]] = {}

    def read(self, path: Path, is_foreign: Callable[[Path], bool] = lambda path: False) -> Document:
        """Return the document at an absolute path."""
        state = self.texts.get(path) or _state(path)
        if path not in self._kept or self._kept[path][0] != state:
            if path in self.texts:
                document = Document(path, self.texts[path], is_foreign=is_foreign(path))
                document.parse()
            else:
                document = load(path, is_foreign(path))
            self._kept[path] = state, document
        return self._kept[path][1]

    @contextmanager
    def instead(self, texts: dict[Path, str]) -> Iterator[None]:
        """Have other texts in place of some files, for as long as the context lasts."""
        before = self.texts
        self.texts = {**before, **texts}
        try:
            yield
        finally:
            self.texts = before

    def text(self, path: Path) -> str:
        """Return a file's text, or the beginning of a long one; UTF-16 reads as well enough."""
        if path in self.texts:
            return self.texts[path]
        state = _state(path)
        if path not in self._seen or self._seen[path][0] != state:
            self._seen[path] = state, read_text(path, cut=True).replace("\0", "")
        return self._seen[path][1]


def _state(path: Path) -> object:
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


class Project:
    """The YAML files below ``root``."""

    def __init__(self, root: Path, documents: Documents | None = None) -> None:
        self.root = root
        self.texts = documents or Documents()
        self._documents: dict[Path, Document] = {}
        self._found: dict[tuple[str, str], dict[str, list[Document]]] = {}
        self.stand_ins = StandIns()  # the runner fills these in: a file here says nothing about a workspace

    def document(self, path: Path) -> Document:
        """Return the document at ``path``, read at most once."""
        key = Path(os.path.abspath(path))
        if key not in self._documents:
            path = Path(os.path.normpath(path))
            self._documents[key] = self.texts.read(path, self._is_foreign)
        return self._documents[key]

    def _is_foreign(self, path: Path) -> bool:
        """Tell whether a file, wherever links lead, is one whose content may not be shown."""
        return not Path(os.path.realpath(path)).is_relative_to(self._ground)

    @cached_property
    def _ground(self) -> Path:
        """The real path of the repository; without git, of the current folder if the project is in it."""
        root, here = Path(os.path.realpath(self.root)), Path(os.path.realpath(Path.cwd()))
        return here if root.is_relative_to(here) and not exists(root / ".git") else root

    def may_be_spec(self, path: Path) -> bool:
        """Tell whether a file may be a spec, by its text where it is not parsed yet."""
        return Path(os.path.abspath(path)) in self._documents or may_be_spec(self.texts.text(path))

    @property
    def documents(self) -> list[Document]:
        """Every document read so far."""
        return list(self._documents.values())

    @cached_property
    def assets(self) -> dict[tuple[str, str], list[Document]]:
        """The repository's specs that have a name, by (kind, name)."""
        found: dict[tuple[str, str], list[Document]] = {}
        for path in filter(self.may_be_spec, yaml_files(self.root)):
            document = self.document(path)
            kind = kind_of(document)
            if kind and document.data.get("name"):
                found.setdefault((kind, str(document.data["name"])), []).append(document)
        return found

    def find_asset(self, asset: str, reference: Reference, near: Path) -> Document | None:
        """Return the spec in this repository that ``azureml:name:version`` or ``name@label`` names.

        Without a version the highest counts, as ``latest`` does; among equals, the nearest to ``near``.
        """
        versions = self._versions(asset, reference.name)
        if reference.version is None:
            candidates = max(versions.items(), key=lambda each: _version_order(each[0]), default=("", []))[1]
        else:
            candidates = versions.get(reference.version) or versions.get("", [])
        return max(candidates, key=lambda each: _closeness(each.path, near), default=None)

    def _versions(self, asset: str, name: str) -> dict[str, list[Document]]:
        """Return the specs of an asset by version; without one: the empty text."""
        if (asset, name) not in self._found:
            versions = self._found[asset, name] = {}
            for path in (*self._named.get(name, ()), *self._named.get("", ())):
                document = self.document(path)
                if kind_of(document) == asset and str(document.data.get("name")) == name:
                    versions.setdefault(_version(document), []).append(document)
        return self._found[asset, name]

    @cached_property
    def _named(self) -> dict[str, list[Path]]:
        """The files that may be specs by the name in their text; it may be any where the text is empty.

        Of thousands of files, few need to be parsed to find one asset.
        """
        found: dict[str, list[Path]] = {}
        for path in filter(self.may_be_spec, yaml_files(self.root)):
            for name in _names(self.texts.text(path)):
                found.setdefault(name, []).append(path)
        return found


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files below a folder, in order; hidden folders and installed packages left out."""
    for current, folders, files in os.walk(folder):
        here = Path(current)
        if "pyvenv.cfg" in files and here != folder:
            folders.clear()
            continue
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS
        )
        yield from (here / name for name in sorted(files) if name.lower().endswith((".yml", ".yaml")))


def _names(text: str) -> list[str]:
    """Return the name that a spec's text gives it: none, one, or an empty one that only YAML can tell."""
    if text.lstrip().startswith("{") or re.search(r"^<<", text, re.MULTILINE):
        return [""]
    found = re.search(r"""^["']?name["']?\s*:[ \t]*(.*?)\s*(?:\s#.*)?$""", text, re.MULTILINE)
    if found is None:
        return []
    plain = re.fullmatch(r"""(["']?)([\w.\-]+)\1""", found[1])
    return [plain[2] if plain else ""]


def _version(document: Document) -> str:
    version = mapping(document.data).get("version")
    return "" if version is None else str(version)


def _version_order(version: str) -> list[tuple[int, str]]:
    """Return what versions are compared by: numbers by their length, then their digits, and above words."""
    parts = re.findall(r"[0-9]+|[^0-9]+", version)
    numbers = (part.lstrip("0") for part in parts)
    return [(len(n) + 1, n) if p[0] in "0123456789" else (0, p) for p, n in zip(parts, numbers, strict=True)]


def _closeness(path: Path, near: Path) -> int:
    shared = os.path.commonpath([os.path.abspath(path), os.path.abspath(near)])
    return len(shared)
