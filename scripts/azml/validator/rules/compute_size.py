"""A cluster or deployment whose minimum size is above its maximum, or a misspelled size of machines.

Bad:
    size: Stadnard_DS3_v2
    min_instances: 5
    max_instances: 2

Fix: give a minimum that is not above the maximum, and a size that Azure has.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml;
https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
"""

import re

from azml.core.finding import NEARLY_THE_SAME, nearest
from azml.core.values import mapping
from azml.validator.findings import Findings, error, put
from azml.validator.literals import order_problem
from azml.validator.rule import Rule
from azml.validator.specs import Spec, SpecProject

RULE = Rule("compute-size")

# Kubernetes has instance types of its own: only what is nearly the same word is a misspelling of it.
_KNOWN = ("standard",)
_SIZE = re.compile(r"([A-Za-z]+)(_[A-Za-z]+\d\w*)")


def check_spec(spec: Spec) -> Findings:
    path = () if spec.kind == "compute" else ("scale_settings",)
    if problem := order_problem(mapping(spec.document.get(path)), "min_instances", "max_instances"):
        yield error(problem, spec, *path, "min_instances")


def check_project(project: SpecProject) -> Findings:
    for place in (*project.places("size"), *project.places("instance_type")):
        match = _SIZE.fullmatch(place.text)
        if match and match[1].lower() not in _KNOWN and nearest(match[1], _KNOWN, NEARLY_THE_SAME):
            meant = f"Standard{match[2]}"
            message = f"Azure has no size '{place.text}'; did you mean '{meant}'?"
            yield error(message, place, fix=put(meant, place, is_safe=True))
