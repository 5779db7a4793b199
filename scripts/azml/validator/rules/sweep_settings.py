"""Settings of a sweep that contradict each other.

Bad:
    sampling_algorithm: grid
    search_space:
      rate: {type: uniform, min_value: 0.01, max_value: 0.1}
    limits: {max_total_trials: 4, max_concurrent_trials: 8}

Fix: grid sampling takes only ``choice``; a minimum is below its maximum; no more trials at once than in all.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters, "Grid sampling" and
"Trial limits" (max_concurrent_trials must be at most max_total_trials).
"""

from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.document import Document, Pointer
from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.contracts import Call, calls, to_number

ID = "sweep-settings"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each setting that another one rules out."""
    for call in calls(project):
        if "search_space" in call.data:
            yield from _check_sampling(call)
            for name in mapping(call.data["search_space"]):
                place = (*call.pointer, "search_space", name)
                yield from _check_order(call.document, place, "min_value", "max_value")
            yield from _check_order(
                call.document, (*call.pointer, "limits"), "max_concurrent_trials", "max_total_trials", True
            )


def _check_sampling(call: Call) -> Iterator[Finding]:
    sampling = call.data.get("sampling_algorithm")
    kind = sampling.get("type") if isinstance(sampling, dict) else sampling
    for name, space in mapping(call.data["search_space"]).items():
        drawn = mapping(space).get("type")
        if str(kind).lower() == "grid" and isinstance(drawn, str) and drawn.lower() != "choice":
            message = f"grid sampling takes only 'choice', not '{drawn}'"
            yield call.document.finding(ID, message, (*call.pointer, "search_space", name, "type"))


def _check_order(
    document: Document, place: Pointer, low_key: str, high_key: str, may_be_equal: bool = False
) -> Iterator[Finding]:
    values = mapping(document.get(place))
    low, high = to_number(values.get(low_key)), to_number(values.get(high_key))
    if low is not None and high is not None and (low > high or (low == high and not may_be_equal)):
        message = f"{low_key} {values[low_key]} must be below {high_key} {values[high_key]}"
        yield document.finding(ID, message, (*place, low_key))
