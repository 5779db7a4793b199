"""A range of a search space that is empty, or more trials at once than in all.

Bad:
    search_space:
      rate: {type: uniform, min_value: 1, max_value: 0.1}
    limits: {max_total_trials: 4, max_concurrent_trials: 8}

Fix: a minimum is below its maximum; ``max_concurrent_trials`` is at most ``max_total_trials``.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters, "Trial limits"
"""

from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.document import Document, Pointer
from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.contracts import calls, to_number

ID = "sweep-settings"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each lower bound that is above its upper one."""
    for call in calls(project):
        for name in mapping(call.data.get("search_space")):
            place = (*call.pointer, "search_space", name)
            yield from _check_order(call.document, place, "min_value", "max_value")
        if "search_space" in call.data:
            place = (*call.pointer, "limits")
            yield from _check_order(call.document, place, "max_concurrent_trials", "max_total_trials")


def _check_order(document: Document, place: Pointer, low_key: str, high_key: str) -> Iterator[Finding]:
    values = mapping(document.get(place))
    low, high = to_number(values.get(low_key)), to_number(values.get(high_key))
    if low is not None and high is not None and low > high:
        message = f"{low_key} {values[low_key]} is above {high_key} {values[high_key]}"
        yield document.finding(ID, message, (*place, low_key))
