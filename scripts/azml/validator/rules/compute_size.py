"""A number of nodes that cannot be: none, or a cluster's minimum above its maximum.

Bad:
    min_instances: 5
    max_instances: 2

Fix: correct the numbers.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml and
reference-yaml-job-command (instance_count); the service refuses them.
"""

from azml.validator.findings import Findings, error
from azml.validator.specs import Spec, SpecProject


def check_project(project: SpecProject) -> Findings:
    for place in project.places("instance_count"):
        if place.value == 0 and place.pointer[-2:-1] in ((), ("resources",)):
            yield error("at least one node is needed", place)


def check_spec(spec: Spec) -> Findings:
    low, high = spec.data.get("min_instances"), spec.data.get("max_instances")
    if spec.kind == "compute" and isinstance(low, int) and isinstance(high, int) and low > high:
        yield error(f"min_instances ({low}) is above max_instances ({high})", spec, "min_instances")
