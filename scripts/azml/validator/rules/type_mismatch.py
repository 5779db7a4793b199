"""Data where a literal belongs, a literal where data belongs, and types that cannot be bound to each other.

Bad:
    inputs:
      trees: ${{parent.jobs.prepare.outputs.train_data}}    # trees is an integer

Fix: bind an input or output of the same type; a folder where a file is declared is a warning.

Source: azure-ai-ml entities/_job/pipeline/_io/base.py (a data input takes only a path);
https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline
"""

from collections.abc import Iterator

from azml.spec.binding import PARENT_INPUT, PARENT_OUTPUT, Binding, find_bindings, whole_binding
from azml.spec.component import DATA_TYPES, LITERAL_TYPES, Port, mapping
from azml.spec.finding import ERROR, WARNING, Finding
from azml.spec.project import Project, resolve
from azml.validator.contracts import Call, calls

ID = "type-mismatch"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each value whose type the input that it is given to does not take."""
    for call in calls(project):
        for name, value in mapping(call.data.get("inputs")).items():
            if port := call.component.inputs.get(name):
                yield from _check_value(call, name, value, port)
        for name, value in mapping(call.data.get("outputs")).items():
            if port := call.component.outputs.get(name):
                yield from _check_output(call, name, value, port)


def _check_value(call: Call, name: str, value: object, port: Port) -> Iterator[Finding]:
    text = value.get("path") if isinstance(value, dict) else value
    binding = whole_binding(text)
    source = resolve(call.pipeline, binding) if call.pipeline and binding else None
    given = source.type if source else None if find_bindings(text) else _type_of_value(value)
    severity = _severity(given, port, binding)
    if not severity or (severity == WARNING and source and "type" not in mapping(source.data)):
        return
    related = [port.document.related("declared here", port.pointer)]
    message = f"the input '{port.name}' takes {_words(port.type)}, not {_words(given)}"
    if source and source.is_literal and call.pipeline.is_job and _looks_like_path(source.data):
        message = f"this is a plain text, and data where it is bound to: write {{type: {port.type}, path: …}}"
        yield source.document.finding(ID, message, source.pointer)
        return
    if source:
        message = f"{binding.text} is {_words(given)}; the input '{port.name}' takes {_words(port.type)}"
        related.append(source.document.related("bound to this", source.pointer))
    place = (*call.pointer, "inputs", name, *(("path",) if isinstance(value, dict) and binding else ()))
    yield call.document.finding(ID, message, place, severity=severity, related=tuple(related))


def _looks_like_path(value: object) -> bool:
    return isinstance(value, str) and (value.startswith(("azureml:", ".")) or "/" in value)


def _check_output(call: Call, name: str, value: object, port: Port) -> Iterator[Finding]:
    binding = whole_binding(value.get("path") if isinstance(value, dict) else value)
    target = resolve(call.pipeline, binding) if call.pipeline and binding else None
    if target and "type" in mapping(target.data) and _severity(port.type, target, binding) == WARNING:
        message = f"the output '{name}' is {_words(port.type)}; {binding.text} takes {_words(target.type)}"
        related = (target.document.related("declared here", target.pointer),)
        place = (*call.pointer, "outputs", name, *(("path",) if isinstance(value, dict) else ()))
        yield call.document.finding(ID, message, place, severity=WARNING, related=related)


def _severity(given: str | None, port: Port, binding: Binding | None) -> str | None:
    """Return how bad it is to give one type to an input of another; None for what Azure ML takes."""
    if port.is_literal and given in DATA_TYPES:
        return ERROR
    if port.is_data and given in LITERAL_TYPES:
        # The outputs of control components are literals in files; a path may be given as a plain text.
        return ERROR if binding is None or binding.scope in (PARENT_INPUT, PARENT_OUTPUT) else None
    if given in DATA_TYPES and port.is_data and (given == "uri_file") != (port.type == "uri_file"):
        return WARNING if binding or given != "uri_file" else None
    is_text = (given == "string") != (port.type == "string")
    return WARNING if binding and is_text and port.is_literal and given in LITERAL_TYPES else None


def _type_of_value(value: object) -> str | None:
    if isinstance(value, dict):
        return "uri_folder" if "path" in value and "type" not in value else value.get("type")
    return {bool: "boolean", int: "integer", float: "number"}.get(type(value))


def _words(kind: str | None) -> str:
    return f"data ({kind})" if kind in DATA_TYPES else f"a literal ({kind})"
