"""An ``azureml:`` reference with a misspelled or missing part, or to the wrong type of asset; a misspelled
host of Microsoft's images.

Bad:
    environment: azureml://registries/azureml/environment/sklearn-1.5/versions/30

Fix: write the reference in the form that the message shows.

Source: azure-ai-ml constants/_common.py (*_FORMAT), _utils/_arm_id_utils.py, _managed_label_resolver of its
operations; https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax
"""

import re

from azml.core.finding import NEARLY_THE_SAME, nearest
from azml.core.references import is_readable, nearest_form, parse_reference
from azml.validator.findings import Findings, error, put
from azml.validator.placeholders import OPEN
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("address")

_PLACES = {
    "path": ("data", "models"),
    "environment": ("environments",),
    **dict.fromkeys(("component", "trial", "pre_processing_component"), ("components",)),
    "model": ("models",),
    "code": ("codes",),
    **dict.fromkeys(("compute", "default_compute"), ("computes",)),
    "default_datastore": ("datastores",),
    "connection": ("connections",),
    **dict.fromkeys(("job", "create_job"), ("jobs",)),
}
_ASSETS = ("data", "models", "environments", "components")
_IMAGES = "mcr.microsoft.com"


def check_project(project: SpecProject) -> Findings:
    for key, types in _PLACES.items():
        for place in project.places(key):
            if not OPEN.search(place.text) and (problem := _problem(place.text.strip(), types)):
                yield error(problem, place)
    for place in project.places("image"):
        host = place.text.partition("/")[0]
        if host != _IMAGES and nearest(host, [_IMAGES], NEARLY_THE_SAME):
            fix = put(_IMAGES, place, text=host, is_safe=True)
            yield error(f"unknown host '{host}'; did you mean '{_IMAGES}'?", place, text=host, fix=fix)


def _problem(text: str, types: tuple[str, ...]) -> str | None:
    prefix, colon, rest = text.partition(":")
    if colon and prefix != "azureml" and nearest(prefix, ["azureml"], NEARLY_THE_SAME):
        return f"'{prefix}:' is not a known prefix; did you mean 'azureml:{rest}'?"
    if types[0] == "data" and re.fullmatch(r"(?!file:)[A-Za-z][\w.\-]+:\d[\w.]*", text):
        return f"'{text}' does not name a data asset; did you mean 'azureml:{text}'?"
    if prefix == "azureml" and not is_readable(text, types):
        hint = "; a path or URL is written without 'azureml:'" if re.match(r"\.|https?:", rest) else ""
        return f"Azure ML cannot read this reference; expected: {nearest_form(text, types)}{hint}"
    reference = parse_reference(text)
    if reference.type in _ASSETS and reference.type not in types:
        return f"this refers to {reference.type}; expected a reference to {types[0]}"
    label = reference.label or ""
    if label != "latest" and nearest(label, ["latest"], NEARLY_THE_SAME):
        return f"unknown label '{label}'; did you mean 'latest'?"
    return None
