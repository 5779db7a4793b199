"""A reference that can change without notice: a label, no version, an image without a fixed tag.

Bad:
    environment: azureml:train-environment@latest

Fix: give the version (azureml:name:3, .../versions/3), and a fixed tag or digest for an image.

Source: https://learn.microsoft.com/azure/machine-learning/concept-environments (curated ones are rebuilt);
https://docs.docker.com/build/building/best-practices/#pin-base-image-versions
"""

from azml.core.expressions import find_bindings
from azml.core.finding import WARNING
from azml.core.references import parse_reference
from azml.validator.findings import Findings, warning
from azml.validator.placeholders import OPEN
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("moving-reference", severity=WARNING)


def check_project(project: SpecProject) -> Findings:
    for key in ("component", "trial", "environment", "model", "path"):
        for place in project.places(key):
            if problem := _moves(place.text):
                yield warning(problem, place)
    for place in project.places("image"):
        if place.text and _image_moves(place.text):
            yield warning(f"the image {place.text} can change; give a fixed tag or a digest", place)


def _moves(text: str) -> str | None:
    if not text.startswith("azureml:") or find_bindings(text):
        return None
    reference = parse_reference(text)
    if reference.version == "latest":
        right = text.replace(":latest", "@latest").replace("versions/latest", "labels/latest")
        return f"this is a version named 'latest', not the newest version ({right}); give a version"
    if not reference.moves or OPEN.search(reference.label or ""):
        return None
    what = f"the label '{reference.label}'" if reference.label else "a reference without a version"
    return f"{text}: {what} can change; give a version"


def _image_moves(text: str) -> bool:
    tag = text.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest") and "@" not in text and not OPEN.search(text)
