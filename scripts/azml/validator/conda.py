"""Where conda's dependencies stand: in the conda files that specs name and inline under ``conda_file``."""

from collections.abc import Iterator

from .files import CONDA
from .findings import Place
from .specs import SpecProject


def conda_places(project: SpecProject) -> Iterator[Place]:
    """Yield everything that conda reads."""
    for path in dict.fromkeys(use.inner for use in project.file_uses if use.role == CONDA and use.inner):
        yield Place(project.document(path), (), project.document(path).data)
    yield from (place for place in project.places("conda_file") if isinstance(place.value, dict))
