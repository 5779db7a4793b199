"""Where conda's dependencies stand: in the conda files that specs name and inline under ``conda_file``."""

from collections.abc import Iterator

from .files import CONDA
from .findings import Place
from .specs import SpecProject


def conda_places(project: SpecProject) -> Iterator[Place]:
    """Yield everything that conda reads."""
    for path in dict.fromkeys(use.path for use in project.file_uses if use.role == CONDA):
        if path.is_file():
            document = project.document(path)
            yield Place(document, (), document.data)
    yield from (place for place in project.places("conda_file") if isinstance(place.value, dict))
