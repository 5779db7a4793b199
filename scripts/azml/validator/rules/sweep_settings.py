"""A search space with an empty range, or more concurrent trials than total trials.

Bad:
    search_space:
      rate: {type: uniform, min_value: 1, max_value: 0.1}
    limits: {max_total_trials: 4, max_concurrent_trials: 8}

Fix: give a minimum below the maximum; at most ``max_total_trials`` concurrent trials.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters, "Trial limits"
"""

from azml.core.values import mapping
from azml.validator.dataflow import Call
from azml.validator.findings import Findings, error, warning
from azml.validator.literals import order_problem
from azml.validator.rule import Rule

RULE = Rule("sweep-settings")


def check_call(call: Call) -> Findings:
    for name, space in call.given("search_space").items():
        if problem := order_problem(mapping(space), "min_value", "max_value"):
            yield error(problem, call, "search_space", name, "min_value")
    limits = mapping(call.data.get("limits")) if "search_space" in call.data else {}
    is_possible = limits.get("max_total_trials") not in (0, "0")
    if is_possible and (problem := order_problem(limits, "max_concurrent_trials", "max_total_trials")):
        yield warning(problem, call, "limits", "max_concurrent_trials")
