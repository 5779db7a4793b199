"""A literal of the wrong type, or outside min, max or enum: given by a step, a job, a sweep or a default.

Bad:
    inputs:
      trees: {type: integer, min: 1, default: 0.5}

Fix: give a value that the declaration takes.

Source: azure-ai-ml entities/_inputs_outputs/input.py, _parse and _validate_or_throw.
"""

from azml.spec.component import Component, Port, mapping
from azml.validator.contracts import Call, receivers
from azml.validator.findings import Findings, Located, error, see
from azml.validator.literals import literal_problem


def check_component(component: Component) -> Findings:
    for port in component.inputs.values():
        own = [] if component.is_job else [port]
        path = [] if not isinstance(port.data, dict) else ["value"] if component.is_job else ["default"]
        yield from _check(port, path, [*own, *receivers(component, port.name)])


def check_call(call: Call) -> Findings:
    inputs = call.component.inputs
    for name, value in call.given("inputs").items():
        own = [inputs[name]] if name in inputs else []
        path = ["inputs", name, *(["value"] if isinstance(value, dict) else [])]
        yield from _check(call, path, [*own, *receivers(call.component, name)])
    for name, space in call.given("search_space").items():
        values = mapping(space).get("values")
        for index in range(len(values)) if isinstance(values, list) and name in inputs else ():
            yield from _check(call, ["search_space", name, "values", index], [inputs[name]])


def _check(where: Located, path: list[str | int], ports: list[Port]) -> Findings:
    """Hold a value against the inputs that it reaches; one finding is enough."""
    value = where.document.get((*where.pointer, *path))
    for port in ports:
        if problem := literal_problem(port, value):
            yield error(problem, where, *path, related=see("declared here", port))
            return
