"""A repository's YAML files: each read at most once, and its assets by name."""

import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from .document import Document, load
from .kinds import kind_of
from .references import Reference
from .values import mapping

SKIPPED_FOLDERS = {"node_modules", "site-packages", "__pycache__", "venv", "env.bak"}


class Project:
    """The YAML files below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._documents: dict[Path, Document] = {}

    def document(self, path: Path) -> Document:
        """Return the document at ``path``, read at most once."""
        key = Path(os.path.abspath(path))
        if key not in self._documents:
            self._documents[key] = load(Path(os.path.normpath(path)))
        return self._documents[key]

    @property
    def documents(self) -> list[Document]:
        """Every document read so far."""
        return list(self._documents.values())

    @cached_property
    def assets(self) -> dict[tuple[str, str], list[Document]]:
        """The repository's specs that have a name, by (kind, name)."""
        found: dict[tuple[str, str], list[Document]] = {}
        for path in yaml_files(self.root):
            document = self.document(path)
            kind = kind_of(document)
            if kind and document.data.get("name"):
                found.setdefault((kind, str(document.data["name"])), []).append(document)
        return found

    def find_asset(self, asset: str, reference: Reference, near: Path) -> Document | None:
        """Return the spec in this repository that ``azureml:name:version`` or ``name@label`` names.

        Without a version the highest counts, as ``latest`` does; among equals, the nearest to ``near``.
        """
        candidates = self.assets.get((asset, reference.name), [])
        if reference.version is not None:
            candidates = [each for each in candidates if _version(each) in (reference.version, "")]
        best = sorted(candidates, key=lambda each: (_version_order(each), _closeness(each.path, near)))
        return best[-1] if best else None


def repository_root(path: Path) -> Path:
    """Return the nearest folder at or above ``path`` that git keeps, else ``path``'s own folder."""
    folder = path if path.is_dir() else path.parent
    absolute = Path(os.path.abspath(folder))
    return next((each for each in (absolute, *absolute.parents) if (each / ".git").exists()), folder)


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files below a folder, in order; hidden folders and installed packages left out."""
    for current, folders, files in os.walk(folder):
        here = Path(current)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in SKIPPED_FOLDERS
            and not (here / name / "pyvenv.cfg").exists()
        )
        yield from (here / name for name in sorted(files) if name.lower().endswith((".yml", ".yaml")))


def _version(document: Document) -> str:
    version = mapping(document.data).get("version")
    return "" if version is None else str(version)


def _version_order(document: Document) -> list[tuple[int, int | str]]:
    parts = re.findall(r"\d+|\D+", _version(document))
    return [(1, int(part)) if part.isdecimal() else (0, part) for part in parts]


def _closeness(path: Path, near: Path) -> int:
    shared = os.path.commonpath([os.path.abspath(path), os.path.abspath(near)])
    return len(shared)
