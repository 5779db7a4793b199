"""A literal of the wrong type, or outside min, max or enum: given by a step, a job, a sweep or a default.

Bad:
    inputs:
      trees: {type: integer, min: 1, default: 0.5}

Fix: give a value that the declaration takes.

Source: azure-ai-ml entities/_inputs_outputs/input.py, _parse and _validate_or_throw.
"""

from collections.abc import Iterator

from azml.spec.component import Component, Port, mapping
from azml.validator.contracts import Call, receivers
from azml.validator.findings import Findings, Located, error, see, sequence
from azml.validator.literals import literal_problem


def check_component(component: Component) -> Findings:
    key = "value" if component.is_job else "default"
    for port in component.inputs.values():
        path = [key] if isinstance(port.data, dict) else []
        yield from _check(port, path, receivers(component, port.name))


def check_call(call: Call) -> Findings:
    for name, value in call.given("inputs").items():
        path = ["inputs", name, "value"] if isinstance(value, dict) else ["inputs", name]
        yield from _check(call, path, receivers(call.component, name))
    for name, space in call.given("search_space").items():
        for index, _ in enumerate(sequence(mapping(space).get("values"))):
            yield from _check(call, ["search_space", name, "values", index], receivers(call.component, name))


def _check(where: Located, path: list[str | int], ports: Iterator[Port]) -> Findings:
    """Hold a value against the inputs that it reaches; one finding is enough."""
    value = where.document.get((*where.pointer, *path))
    for port in ports:
        if problem := literal_problem(port, value):
            yield error(problem, where, *path, related=see("declared here", port))
            return
