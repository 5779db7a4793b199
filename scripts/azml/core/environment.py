"""What defines a step's environment."""

from collections.abc import Iterator

from .document import Document
from .paths import is_file
from .place import Place
from .project import Project
from .references import ASSET, FILE, parse_reference


def environment_parts(project: Project, place: Place) -> Iterator[object]:
    """Yield what defines an environment, outermost first: reference or mapping, spec, conda file."""
    document, value = place.document, place.value
    if isinstance(value, str):
        yield value
        found = _environment_document(project, value, document)
        document, value = found or document, found.data if found else None
    if isinstance(value, dict):
        yield value
        conda = value.get("conda_file")
        if isinstance(conda, str):
            path = parse_reference(conda).resolve(document.path.parent)
            conda = project.document(path).data if is_file(path) else None
        if isinstance(conda, dict):
            yield conda


def _environment_document(project: Project, text: str, document: Document) -> Document | None:
    reference = parse_reference(text)
    if reference.kind == ASSET:
        return project.find_asset("environment", reference, document.path)
    path = reference.resolve(document.path.parent)
    return project.document(path) if reference.kind == FILE and is_file(path) else None
