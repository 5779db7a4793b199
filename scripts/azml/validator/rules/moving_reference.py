"""A reference that can change without notice: a label, an image without a fixed tag.

Bad:
    environment: azureml:train-environment@latest

Fix: give the version (azureml:name:3, .../versions/3), and a fixed tag or digest for an image. Advice,
so the rule is off by default: a label such as ``latest`` may be what you want.

Source: https://learn.microsoft.com/azure/machine-learning/concept-environments (curated ones are rebuilt);
https://docs.docker.com/build/building/best-practices/#pin-base-image-versions
"""

from azml.core.expressions import find_bindings
from azml.core.finding import WARNING
from azml.core.place import Place
from azml.core.references import parse_reference
from azml.validator.findings import Findings, warning
from azml.validator.placeholders import OPEN
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("moving-reference", severity=WARNING, is_default=False)


def check_project(project: SpecProject) -> Findings:
    found: dict[tuple[str, str], list[Place]] = {}
    for key in ("component", "trial", "environment", "model", "path", "image"):
        for place in project.places(key):
            problem = _image_moves(place.text) if key == "image" else _moves(place.text)
            if problem:
                found.setdefault((str(place.document.path), problem), []).append(place)
    for (_, problem), places in found.items():
        more = f" (and {len(places) - 1} more in this file)" if len(places) > 1 else ""
        yield warning(f"{problem}{more}", places[0])


def _moves(text: str) -> str | None:
    if not text.startswith("azureml:") or find_bindings(text):
        return None
    label = parse_reference(text).label
    if not label or OPEN.search(label):
        return None
    return f"{text}: the label '{label}' can change; give a version"


def _image_moves(text: str) -> str | None:
    tag = text.rpartition("/")[2].partition(":")[2]
    moves = text and tag in ("", "latest") and "@" not in text and not OPEN.search(text)
    return f"the image {text} can change; give a fixed tag or a digest" if moves else None
