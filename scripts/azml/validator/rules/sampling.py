"""A search space that does not fit the sampling algorithm or the trial's input.

Bad:
    sampling_algorithm: grid
    search_space:
      rate: {type: uniform, min_value: 0.01, max_value: 0.1}

Fix: use only ``choice`` with grid, and also ``uniform`` and ``quniform`` with bayesian; give a ``choice`` its
values; draw whole numbers for an integer input; give ``loguniform`` the logarithms of its bounds (warnings).

Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters, "Sampling"
"""

from math import exp

from azml.core.finding import nearest
from azml.validator.dataflow import Call
from azml.validator.findings import Findings, error, warning
from azml.validator.literals import limits, to_number
from azml.validator.rule import Rule

RULE = Rule("sampling")

_TAKEN = {"grid": ("choice",), "bayesian": ("choice", "uniform", "quniform")}
# The largest argument that exp() takes.
_MOST = 700
_FRACTIONS = ("uniform", "loguniform", "normal", "lognormal")


def check_call(call: Call) -> Findings:
    for name, space in call.given("search_space").items():
        if isinstance(space, dict) and isinstance(space.get("type"), str):
            yield from _check_parameter(call, name, space, space["type"].lower())


def _check_parameter(call: Call, name: str, space: dict, drawn: str) -> Findings:
    sampling = call.data.get("sampling_algorithm")
    algorithm = str(sampling.get("type") if isinstance(sampling, dict) else sampling).lower()
    taken, port = _TAKEN.get(algorithm), call.component.inputs.get(name)
    if taken and drawn not in taken:
        message = f"{algorithm} sampling supports only {', '.join(taken)}, not '{drawn}'"
        yield error(message, call, "search_space", name, "type")
    if drawn == "choice" and _lacks_values(space):
        yield error("a choice needs 'values'", call, "search_space", name, "values")
    low, high = to_number(space.get("min_value")), to_number(space.get("max_value"))
    if drawn == "loguniform" and low is not None and high is not None and 0 <= low < high:
        top = exp(min(high, _MOST))
        if high <= 1 or (port and top > limits(port)[1]):
            message = (
                f"the bounds of 'loguniform' are logarithms: this draws from {exp(low):.3g} to {top:.3g}"
            )
            yield warning(message, call, "search_space", name, "max_value")
    if drawn in _FRACTIONS and port and port.type == "integer":
        message = f"'{drawn}' draws fractions, but the trial's input '{name}' is an integer"
        yield warning(message, call, "search_space", name, "type")


def _lacks_values(space: dict) -> bool:
    """Tell whether a choice has no values; a misspelled ``values`` is already reported as an unknown key."""
    return not space["values"] if "values" in space else nearest("values", space) is None
