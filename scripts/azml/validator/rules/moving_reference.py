"""A reference that may mean something else tomorrow: @latest, no version, an image without a tag.

Bad:
    environment: azureml:train-environment@latest

Fix: name the version (azureml:name:3, .../versions/3) and the image's tag or digest.

Source: https://learn.microsoft.com/azure/machine-learning/concept-environments (curated environments are rebuilt);
https://docs.docker.com/build/building/best-practices/#pin-base-image-versions
"""

from collections.abc import Iterator

from azml.spec.binding import find_bindings
from azml.spec.document import Document, Pointer
from azml.spec.finding import WARNING, Finding
from azml.spec.reference import parse_reference
from azml.validator.files import places
from azml.validator.specs import SpecProject

ID = "moving-reference"

_KEYS = ("component", "trial", "environment", "model", "path")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a warning at every reference and image that moves."""
    for document in map(project.document, list(project.kinds)):
        for key in _KEYS:
            for pointer in places(document.data, key):
                yield from _check_reference(document, pointer)
        for pointer in places(document.data, "image"):
            yield from _check_image(document, pointer)


def _check_reference(document: Document, pointer: Pointer) -> Iterator[Finding]:
    text = document.get(pointer)
    if not isinstance(text, str) or not text.startswith("azureml:") or find_bindings(text):
        return
    reference = parse_reference(text)
    if reference.moves:
        which = f"the label '{reference.label}' moves" if reference.label else "without a version it moves"
        yield document.finding(ID, f"{text}: {which}; name a version", pointer, severity=WARNING)


def _check_image(document: Document, pointer: Pointer) -> Iterator[Finding]:
    text = document.get(pointer)
    if not isinstance(text, str) or "@" in text or "$" in text or "{" in text:
        return
    tag = text.rpartition("/")[2].partition(":")[2]
    if tag in ("", "latest"):
        message = f"the image {text} moves: give it a fixed tag or a digest"
        yield document.finding(ID, message, pointer, severity=WARNING)
