"""An environment that is defined by no image and no build context, or by both.

Bad:
    name: train-environment
    conda_file: conda.yml

Fix: give an image, with a conda_file or without, or a build context with a Dockerfile.

Source: azure-ai-ml entities/_assets/environment.py (checked only when it is submitted).
"""

from collections.abc import Iterator

from azml.spec.document import Document, Pointer
from azml.spec.finding import WARNING, Finding, nearest
from azml.validator.specs import SpecProject

ID = "environment-definition"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding for every environment, a file's or an inline one, that cannot be built as written."""
    for document, kind in project.specs:
        if kind == "environment":
            yield from _check(document, (), document.data)
    for document, pointer, value in project.places("environment"):
        yield from _check(document, pointer, value)


def _check(document: Document, pointer: Pointer, data: object) -> Iterator[Finding]:
    if not isinstance(data, dict) or "docker" in data:
        return
    if "image" in data and "build" in data:
        message = "an environment has an image or a build context, not both"
        yield document.finding(ID, message, (*pointer, "build"), key=True)
    elif not any(nearest(key, data) for key in ("image", "build")):  # a misspelt one is an unknown key
        message = "an environment needs an image or a build context"
        yield document.finding(ID, message, pointer, key=True)
    elif "build" in data and "conda_file" in data:
        message = "beside a build context the conda_file is not used: install it in the Dockerfile"
        yield document.finding(ID, message, (*pointer, "conda_file"), key=True, severity=WARNING)
