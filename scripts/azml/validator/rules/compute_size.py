"""A node count of zero, or a cluster or deployment whose minimum size is above its maximum.

Bad:
    min_instances: 5
    max_instances: 2

Fix: use at least one node, and a minimum that is not above the maximum.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml and
reference-yaml-job-command (instance_count); the service refuses such numbers.
"""

from azml.core.values import mapping
from azml.validator.findings import Findings, error
from azml.validator.literals import order_problem
from azml.validator.rule import Rule
from azml.validator.specs import Spec, SpecProject

RULE = Rule("compute-size")


def check_project(project: SpecProject) -> Findings:
    for place in project.places("instance_count"):
        if place.value == 0 and place.pointer[-2:-1] in ((), ("resources",)):
            yield error("instance_count must be at least 1", place)


def check_spec(spec: Spec) -> Findings:
    path = () if spec.kind == "compute" else ("scale_settings",)
    if problem := order_problem(mapping(spec.document.get(path)), "min_instances", "max_instances"):
        yield error(problem, spec, *path, "min_instances")
