"""Settings of a sweep that contradict each other.

Bad:
    sampling_algorithm: grid
    search_space:
      rate: {type: uniform, min_value: 0.01, max_value: 0.1}
    limits: {max_total_trials: 4, max_concurrent_trials: 8}

Fix: grid sampling takes only ``choice``, bayesian also ``uniform`` and ``quniform``; a minimum is below its
maximum, a choice has values; no more trials at once than in all.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters, "Grid sampling" and
"Trial limits" (max_concurrent_trials must be at most max_total_trials).
"""

from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.document import Document, Pointer
from azml.spec.finding import WARNING, Finding
from azml.spec.project import Project
from azml.validator.contracts import Call, calls, to_number

ID = "sweep-settings"
_FRACTIONS = ("uniform", "loguniform", "normal", "lognormal")
_TAKEN = {"grid": ("choice",), "bayesian": ("choice", "uniform", "quniform")}


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each setting that another one rules out."""
    for call in calls(project):
        if "search_space" in call.data:
            yield from _check_sampling(call)
            for name, space in mapping(call.data["search_space"]).items():
                place = (*call.pointer, "search_space", name)
                yield from _check_order(call.document, place, "min_value", "max_value")
                port = call.component.inputs.get(name)
                if port and port.type == "integer" and str(mapping(space).get("type")).lower() in _FRACTIONS:
                    message = f"'{space['type']}' draws fractions, and '{name}' is an integer of the trial"
                    yield call.document.finding(ID, message, (*place, "type"), severity=WARNING)
            yield from _check_order(
                call.document, (*call.pointer, "limits"), "max_concurrent_trials", "max_total_trials", True
            )


def _check_sampling(call: Call) -> Iterator[Finding]:
    sampling = call.data.get("sampling_algorithm")
    kind = sampling.get("type") if isinstance(sampling, dict) else sampling
    taken = _TAKEN.get(str(kind).lower())
    for name, space in mapping(call.data["search_space"]).items():
        drawn, place = mapping(space).get("type"), (*call.pointer, "search_space", name)
        if taken and isinstance(drawn, str) and drawn.lower() not in taken:
            message = f"{kind} sampling takes only {', '.join(taken)}, not '{drawn}'"
            yield call.document.finding(ID, message, (*place, "type"))
        if str(drawn).lower() == "choice" and not mapping(space).get("values"):
            yield call.document.finding(ID, "a choice needs 'values'", (*place, "values"))


def _check_order(
    document: Document, place: Pointer, low_key: str, high_key: str, may_be_equal: bool = False
) -> Iterator[Finding]:
    values = mapping(document.get(place))
    low, high = to_number(values.get(low_key)), to_number(values.get(high_key))
    if low is not None and high is not None and (low > high or (low == high and not may_be_equal)):
        relation = "must not be above" if may_be_equal else "must be below"
        message = f"{low_key} {values[low_key]} {relation} {high_key} {values[high_key]}"
        yield document.finding(ID, message, (*place, low_key))
