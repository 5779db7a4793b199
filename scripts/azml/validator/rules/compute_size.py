"""A number of nodes that cannot be: none, or a cluster's minimum above its maximum.

Bad:
    min_instances: 5
    max_instances: 2

Fix: correct the numbers.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml and
reference-yaml-job-command (instance_count); the service refuses them.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.validator.specs import SpecProject

ID = "compute-size"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every such number."""
    for document, pointer, count in project.places("instance_count"):
        if count == 0 and pointer[-2:-1] == ("resources",):
            yield document.finding(ID, "at least one node is needed", pointer)
    for document, kind in project.specs:
        low, high = document.get(("min_instances",)), document.get(("max_instances",))
        if kind == "compute" and isinstance(low, int) and isinstance(high, int) and low > high:
            message = f"min_instances ({low}) is above max_instances ({high})"
            yield document.finding(ID, message, ("min_instances",))
