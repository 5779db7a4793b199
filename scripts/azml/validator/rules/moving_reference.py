"""A reference that may mean something else tomorrow: @latest, no version, an image without a tag.

Bad:
    environment: azureml:train-environment@latest

Fix: name the version (azureml:name:3, .../versions/3) and the image's tag or digest.

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
            yield warning(f"the image {place.text} moves: give it a fixed tag or a digest", place)


def _moves(text: str) -> str | None:
    if not text.startswith("azureml:") or find_bindings(text):
        return None
    reference = parse_reference(text)
    if reference.version == "latest":
        right = text.replace(":latest", "@latest").replace("versions/latest", "labels/latest")
        return f"this is the version called 'latest', not the newest one ({right}); name a version"
    if not reference.moves or OPEN.search(reference.label or ""):
        return None
    which = f"the label '{reference.label}' moves" if reference.label else "without a version it moves"
    return f"{text}: {which}; name a version"


def _image_moves(text: str) -> bool:
    tag = text.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest") and "@" not in text and not OPEN.search(text)
