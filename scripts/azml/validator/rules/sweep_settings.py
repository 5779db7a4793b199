"""A range of a search space that is empty, or more trials at once than in all.

Bad:
    search_space:
      rate: {type: uniform, min_value: 1, max_value: 0.1}
    limits: {max_total_trials: 4, max_concurrent_trials: 8}

Fix: a minimum is below its maximum; ``max_concurrent_trials`` is at most ``max_total_trials``.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters, "Trial limits"
"""

from azml.spec.component import mapping
from azml.validator.contracts import Call
from azml.validator.findings import Findings, error
from azml.validator.literals import to_number


def check_call(call: Call) -> Findings:
    for name in call.given("search_space"):
        yield from _check_order(call, ("search_space", name), "min_value", "max_value")
    if "search_space" in call.data:
        yield from _check_order(call, ("limits",), "max_concurrent_trials", "max_total_trials")


def _check_order(call: Call, path: tuple[str, ...], low_key: str, high_key: str) -> Findings:
    values = mapping(call.document.get((*call.pointer, *path)))
    low, high = to_number(values.get(low_key)), to_number(values.get(high_key))
    if low is not None and high is not None and low > high:
        message = f"{low_key} {values[low_key]} is above {high_key} {values[high_key]}"
        yield error(message, call, *path, low_key)
