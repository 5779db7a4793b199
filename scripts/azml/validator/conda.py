"""Where conda's dependencies stand: in the conda files that specs name and inline under ``conda_file``."""

from collections.abc import Iterator

from azml.spec.document import Document, Pointer

from .files import CONDA
from .specs import SpecProject


def conda_places(project: SpecProject) -> Iterator[tuple[Document, Pointer]]:
    """Yield (document, pointer) of everything that conda reads."""
    for path in dict.fromkeys(use.path for use in project.file_uses if use.role == CONDA):
        if path.is_file():
            yield project.document(path), ()
    for document, pointer, value in project.places("conda_file"):
        if isinstance(value, dict):
            yield document, pointer


def pip_lines(document: Document, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Yield (pointer, text) of every requirement that conda hands to pip."""
    listed = document.get((*pointer, "dependencies"))
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        lines = entry.get("pip") if isinstance(entry, dict) else None
        for number, line in enumerate(lines if isinstance(lines, list) else ()):
            if isinstance(line, str):
                yield (*pointer, "dependencies", index, "pip", number), line
