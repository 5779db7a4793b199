"""A required input that is not given.

Bad:
    component: ./train.yml          # requires train_data
    inputs:
      learning_rate: 0.1

Fix: give the input, or declare a default or make it optional in the component.

Source: azure-ai-ml entities/_builders/base_node.py, _validate_inputs.
"""

from azml.core.components import is_readable, misspelt
from azml.validator.dataflow import Call, excused
from azml.validator.findings import Findings, error, see
from azml.validator.rule import Rule

RULE = Rule("missing-input")


def check_call(call: Call) -> Findings:
    # A job's inputs already have values.
    has_own = call.is_inline_trial or call.component.is_job
    is_untold = not is_readable(call.data, "inputs") or misspelt(call.data, "search_space")
    is_empty = call.data.get("inputs", {}) is None  # wrong-type says so
    if has_own or call.is_foreign or is_untold or is_empty:
        return
    ports = call.component.inputs
    given = [str(name) for name in (*call.given("inputs"), *call.given("search_space"))]
    explained = excused((name for name in given if not call.knows(name, ports)), set(ports) - set(given))
    heads = {call.fold(name.split(".")[0]) for name in given}
    for name, port in ports.items():
        is_given = call.fold(name.split(".")[0]) in heads
        if port.required and port.type != "group" and not is_given and name not in explained:
            message = f"the required input '{name}' of the component {call.component.name} is not given"
            place = ["inputs"] if call.data.get("inputs") else []
            yield error(message, call, *place, key=True, related=see("declared here", port))
