"""A value of the wrong type, or outside min, max or enum, given by a step, job, sweep or default.

Bad:
    inputs:
      trees: {type: integer, min: 1, default: 0.5}

Fix: give a value that the declaration accepts, and the script too where it is passed as an option.
An empty string given to a pipeline is not sent: make the inputs optional and leave it out.

Source: azure-ai-ml entities/_inputs_outputs/input.py, _parse and _validate_or_throw;
entities/_job/pipeline/pipeline_job.py, _to_rest_object ("Remove the empty inputs").
"""

from collections.abc import Sequence

from azml.core.components import Component
from azml.core.expressions import PARENT_INPUT
from azml.core.finding import Related
from azml.core.values import mapping, sequence
from azml.validator.dataflow import Call, receivers
from azml.validator.findings import Findings, Located, error, see, warning
from azml.validator.literals import literal_problem
from azml.validator.rule import Rule
from azml.validator.script_arguments import refusals

RULE = Rule("literal-value")


def check_component(component: Component) -> Findings:
    key = "value" if component.is_job else "default"
    for port in component.inputs.values():
        path = [key] if isinstance(port.data, dict) else []
        yield from _check(port, path, component, port.name)
        for index, word in enumerate(sequence(port.option("enum"))):
            for problem, related in refusals(component, port.name, word):
                yield warning(problem, port, "enum", index, related=related)


def check_pipeline(pipeline: Component) -> Findings:
    bindings = (each for step in pipeline.steps.values() for _, each in step.parent_bindings)
    bound = {each.name for each in bindings if each.scope == PARENT_INPUT} if pipeline.is_job else set()
    for port in pipeline.inputs.values():
        if port.data == "" and port.name in bound:
            message = f"Azure ML drops an empty string: the steps bound to '{port.name}' get no value"
            yield error(message, port)


def check_call(call: Call) -> Findings:
    for name, value in call.given("inputs").items():
        path = ["inputs", name, "value"] if isinstance(value, dict) else ["inputs", name]
        yield from _check(call, path, call.component, name)
    for name, space in call.given("search_space").items():
        for index, _ in enumerate(sequence(mapping(space).get("values"))):
            yield from _check(call, ["search_space", name, "values", index], call.component, name)


def _check(where: Located, path: Sequence[str | int], component: Component, name: str) -> Findings:
    """Check a value against the inputs that it reaches and their scripts; report the first problem."""
    value = where.document.get((*where.pointer, *path))
    for receiver, inner in receivers(component, name):
        port = receiver.inputs.get(inner)
        found: list[tuple[str, tuple[Related, ...]]] = []
        if port and isinstance(port.data, dict):  # a job's plain value does not declare a type
            problem = literal_problem(port, value)
            found = [(problem, see("declared here", port))] if problem else []
        if port is None or not (port.is_data or port.type == "boolean"):
            found += refusals(receiver, inner, value)
        for message, related in found[:1]:
            yield error(message, where, *path, related=related)
            return
