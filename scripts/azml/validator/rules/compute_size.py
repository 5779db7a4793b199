"""A number of nodes that cannot be: none, or the minimum of a cluster or deployment above its maximum.

Bad:
    min_instances: 5
    max_instances: 2

Fix: correct the numbers.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml and
reference-yaml-job-command (instance_count); the service refuses them.
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
            yield error("at least one node is needed", place)


def check_spec(spec: Spec) -> Findings:
    path = () if spec.kind == "compute" else ("scale_settings",)
    if problem := order_problem(mapping(spec.document.get(path)), "min_instances", "max_instances"):
        yield error(problem, spec, *path, "min_instances")
