"""A reference to a registered asset without a version or label, or to a version named ``latest``.

Bad:
    environment: azureml:train-environment

Fix: write ``azureml:train-environment:3`` or ``azureml:train-environment@latest``.

Source: azure-ai-ml operations/_operation_orchestrator.py, get_asset_arm_id ("Version must be provided"): load
and validate accept it, the submission fails. Curated environments (``azureml:AzureML-...``) and references to
registries pass without a version, and change (a warning).
"""

from azml.core.expressions import find_bindings
from azml.core.place import Place
from azml.core.references import ASSET, REGISTRY, Reference, parse_reference
from azml.validator.findings import Findings, error, warning
from azml.validator.placeholders import OPEN
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("missing-version", since="0.2")

_KEYS = ("environment", "component", "trial", "model", "code")
_CURATED = "azureml:azureml-"


def check_project(project: SpecProject) -> Findings:
    inputs = (place for place in project.places("path") if _is_input(place))
    for place in (*inputs, *(place for key in _KEYS for place in project.places(key))):
        text = place.text.strip()
        if text.startswith("azureml:") and not find_bindings(text) and not OPEN.search(text):
            yield from _check(place, parse_reference(text))


def _is_input(place: Place) -> bool:
    return place.pointer[-3:-2] == ("inputs",) or place.pointer[-2:-1] in (
        ("training_data",),
        ("validation_data",),
    )


def _check(place: Place, reference: Reference) -> Findings:
    name = reference.text
    if reference.version == "latest":
        right = name.replace(":latest", "@latest").replace("versions/latest", "labels/latest")
        yield warning(f"this is a version named 'latest', not the newest one; write {right}", place)
    elif reference.label and reference.label.isdigit():
        yield warning(f"'@{reference.label}' is a label, not a version; write :{reference.label}", place)
    elif reference.version is not None or reference.label is not None:
        return
    elif reference.kind == REGISTRY or name.lower().startswith(_CURATED):
        yield warning(f"{name} has no version, so it changes with each new one; give a version", place)
    elif reference.kind == ASSET:
        yield error(f"{name} has no version; write {name}:<version> or {name}@latest", place)
