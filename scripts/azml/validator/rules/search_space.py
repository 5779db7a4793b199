"""A search space parameter that the trial does not use, or one that the trial uses and nothing defines.

Bad:
    search_space:
      learning_rte: {type: uniform, min_value: 0.01, max_value: 0.1}
    trial: {command: "python train.py --learning_rate ${{search_space.learning_rate}}"}

Fix: use the same names on both sides, and give a parameter either here or as an input (a warning).

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-sweep, "search_space"
"""

from azml.core.expressions import INPUT, SEARCH_SPACE, find_bindings
from azml.core.finding import did_you_mean, nearest
from azml.core.place import Place
from azml.core.scopes import run_texts
from azml.validator.dataflow import Call, excused, named
from azml.validator.findings import Findings, error, put, see, warning
from azml.validator.rule import Rule

RULE = Rule("search-space")


def check_call(call: Call) -> Findings:
    if "search_space" in call.data and not call.is_foreign and "component" not in call.component.data:
        yield from _unknown_in_trial(call, call.given("search_space"))
        yield from _unknown_to_trial(call, call.given("search_space"))
        for name in set(call.given("search_space")) & set(call.given("inputs")):
            message = f"'{name}' is given twice: here and in the search space"
            yield warning(message, call, "inputs", name, key=True)


def _unknown_in_trial(call: Call, space: dict) -> Findings:
    for pointer, value in run_texts(call.component):
        for binding in find_bindings(value):
            if binding.scope == SEARCH_SPACE and binding.name not in space:
                message = f"the search space has no '{binding.name}'{did_you_mean(binding.name, space)}"
                place = Place(call.component.document, pointer)
                yield error(message, place, text=binding.text, at=binding.start)


def _unknown_to_trial(call: Call, space: dict) -> Findings:
    if call.is_inline_trial and "command" not in call.component.data:
        return  # missing-key says so
    asked = named(call.component, SEARCH_SPACE)
    known = asked | set(call.component.inputs) | named(call.component, INPUT)
    unknown = [name for name in space if name not in known]
    explained = excused((name for name in asked if name not in space), unknown)
    for name in unknown:
        if name not in explained:
            message = f"the trial does not use '{name}'{did_you_mean(name, known)}"
            related = see("the trial", call.component)
            fix = put(nearest(name, known), call, "search_space", name, key=True)
            yield error(message, call, "search_space", name, key=True, related=related, fix=fix)
