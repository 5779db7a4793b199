"""A literal of the wrong type, or outside min, max or enum: given by a step, a job, a sweep or a default.

Bad:
    inputs:
      trees: {type: integer, min: 1, default: 0.5}

Fix: give a value that the declaration takes.

Source: azure-ai-ml entities/_inputs_outputs/input.py, _parse and _validate_or_throw.
"""

from collections.abc import Iterator

from azml.spec.component import Component, Port, mapping
from azml.spec.document import Document, Pointer
from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.contracts import calls, literal_problem, receivers

ID = "literal-value"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each value that an input it reaches does not take."""
    for document, pointer, value, ports in _values(project):
        for port in ports:
            if problem := literal_problem(port, value):
                related = (port.document.related("declared here", port.pointer),)
                yield document.finding(ID, problem, pointer, related=related)
                break


def _values(project: Project) -> Iterator[tuple[Document, Pointer, object, list[Port]]]:
    for component in list(project.components.values()):
        for port in component.inputs.values():
            key = "value" if component.is_job else "default"
            place = (*port.pointer, key) if isinstance(port.data, dict) else port.pointer
            own = [] if component.is_job else [port]
            yield port.document, place, port.document.get(place), own + _reached(component, port.name)
    for call in calls(project):
        for name, value in mapping(call.data.get("inputs")).items():
            place = (*call.pointer, "inputs", name)
            place = (*place, "value") if isinstance(value, dict) else place
            ports = [call.component.inputs[name]] if name in call.component.inputs else []
            yield call.document, place, call.document.get(place), ports + _reached(call.component, name)
        for name, space in mapping(call.data.get("search_space")).items():
            ports = [call.component.inputs[name]] if name in call.component.inputs else []
            values = mapping(space).get("values")
            for index, value in enumerate(values if isinstance(values, list) else ()):
                yield call.document, (*call.pointer, "search_space", name, "values", index), value, ports


def _reached(component: Component, name: str) -> list[Port]:
    return [port for _, port in receivers(component, name)]
