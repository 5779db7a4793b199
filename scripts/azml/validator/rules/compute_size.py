"""A cluster or deployment whose minimum size is above its maximum.

Bad:
    min_instances: 5
    max_instances: 2

Fix: give a minimum that is not above the maximum.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml
"""

from azml.core.values import mapping
from azml.validator.findings import Findings, error
from azml.validator.literals import order_problem
from azml.validator.rule import Rule
from azml.validator.specs import Spec

RULE = Rule("compute-size")


def check_spec(spec: Spec) -> Findings:
    path = () if spec.kind == "compute" else ("scale_settings",)
    if problem := order_problem(mapping(spec.document.get(path)), "min_instances", "max_instances"):
        yield error(problem, spec, *path, "min_instances")
