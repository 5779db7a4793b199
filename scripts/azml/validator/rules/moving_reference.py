"""A reference that may mean something else tomorrow: @latest, no version, an image without a tag.

Bad:
    environment: azureml:train-environment@latest

Fix: name the version (azureml:name:3, .../versions/3) and the image's tag or digest.

Source: https://learn.microsoft.com/azure/machine-learning/concept-environments (curated ones are rebuilt);
https://docs.docker.com/build/building/best-practices/#pin-base-image-versions
"""

from collections.abc import Iterator

from azml.spec.binding import find_bindings
from azml.spec.finding import WARNING, Finding
from azml.spec.reference import parse_reference
from azml.validator.specs import SpecProject

ID = "moving-reference"

_KEYS = ("component", "trial", "environment", "model", "path")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a warning at every reference and image that moves."""
    for key in _KEYS:
        for document, pointer, text in project.places(key):
            if isinstance(text, str) and (problem := _moves(text)):
                yield document.finding(ID, problem, pointer, severity=WARNING)
    for document, pointer, text in project.places("image"):
        if isinstance(text, str) and (problem := _image_moves(text)):
            yield document.finding(ID, problem, pointer, severity=WARNING)


def _moves(text: str) -> str | None:
    if not text.startswith("azureml:") or find_bindings(text):
        return None
    reference = parse_reference(text)
    if not reference.moves:
        return None
    which = f"the label '{reference.label}' moves" if reference.label else "without a version it moves"
    return f"{text}: {which}; name a version"


def _image_moves(text: str) -> str | None:
    if any(mark in text for mark in "@${"):
        return None
    tag = text.rpartition("/")[2].partition(":")[2]
    return f"the image {text} moves: give it a fixed tag or a digest" if tag in ("", "latest") else None
