"""A search space and its trial that do not fit: a parameter that the trial does not take, or never uses.

Bad:
    search_space:
      learning_rte: {type: uniform, min_value: 0.01, max_value: 0.1}
    trial: {command: "python train.py --learning_rate ${{search_space.learning_rate}}"}

Fix: use the same names on both sides; a parameter that is also given as an input is given once (a warning).

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-sweep, "search_space"
"""

from collections.abc import Iterator

from azml.spec.binding import INPUT, SEARCH_SPACE, find_bindings
from azml.spec.component import mapping
from azml.spec.finding import WARNING, Finding, did_you_mean
from azml.spec.project import Project
from azml.spec.scope import finding_at, run_texts
from azml.validator.contracts import Call, calls, excused, named

ID = "search-space"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each parameter that only one side knows."""
    for call in calls(project):
        if "search_space" in call.data and "component" not in call.component.data:
            yield from _unknown_in_trial(call)
            yield from _unknown_to_trial(call)


def _unknown_in_trial(call: Call) -> Iterator[Finding]:
    space = mapping(call.data["search_space"])
    for pointer, value in run_texts(call.component):
        for binding in find_bindings(value):
            if binding.scope == SEARCH_SPACE and binding.name not in space:
                message = f"the search space has no '{binding.name}'{did_you_mean(binding.name, space)}"
                index = value[: binding.start].count(binding.text)
                yield finding_at(call.component.document, ID, message, pointer, binding.text, index)


def _unknown_to_trial(call: Call) -> Iterator[Finding]:
    space = mapping(call.data["search_space"])
    asked = named(call.component, SEARCH_SPACE)
    known = asked | set(call.component.inputs) | named(call.component, INPUT)
    unknown = [name for name in space if name not in known]
    explained = excused((name for name in asked if name not in space), unknown)
    for name in set(space) & set(mapping(call.data.get("inputs"))):
        message = f"'{name}' is given twice, here and in the search space"
        yield call.document.finding(ID, message, (*call.pointer, "inputs", name), key=True, severity=WARNING)
    for name in unknown:
        if name not in explained:
            message = f"the trial takes no '{name}'{did_you_mean(name, known)}"
            related = (call.component.document.related("the trial", call.component.pointer),)
            place = (*call.pointer, "search_space", name)
            yield call.document.finding(ID, message, place, key=True, related=related)
