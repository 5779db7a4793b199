"""A declaration of an input that contradicts itself, or has options that its type does not know.

Bad:
    inputs:
      share: {type: number, min: 1, max: 0}
      mode: {type: string, min: 1}
      data: {type: uri_file, default: ./data.csv}
      seed: {type: integer, optional: true, default: 42}

Fix: correct the range; remove the option; a default already makes an input optional to give (a warning:
see https://github.com/Azure/azure-sdk-for-python/issues/41834).

Source: azure-ai-ml constants/_component.py, INPUT_TYPE_COMBINATION; entities/_inputs_outputs/input.py.
"""

from collections.abc import Iterator

from azml.spec.component import Port
from azml.spec.finding import WARNING, Finding
from azml.spec.project import Project
from azml.validator.contracts import to_number

ID = "input-declaration"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at the key that contradicts another one of the same input."""
    for component in list(project.components.values()):
        for port in component.inputs.values():
            yield from _check_port(port)


def _check_port(port: Port) -> Iterator[Finding]:
    low, high = to_number(port.option("min")), to_number(port.option("max"))
    if low is not None and high is not None and low > high:
        message = f"no value can be at least {port.option('min')} and at most {port.option('max')}"
        yield port.document.finding(ID, message, (*port.pointer, "min"))
    for key in _foreign_options(port):
        message = f"an input of the type {port.type} has no '{key}'"
        yield port.document.finding(ID, message, (*port.pointer, key), key=True)
    if port.is_literal and port.optional and port.option("default") is not None:
        message = "an optional input with a default: use one of the two, a default makes it optional to give"
        yield port.document.finding(ID, message, (*port.pointer, "default"), key=True, severity=WARNING)


def _foreign_options(port: Port) -> list[str]:
    keys = ("default", "min", "max") if port.is_data else ("min", "max")
    is_known = port.is_data or port.type in ("string", "boolean")
    return [key for key in keys if is_known and port.option(key) is not None]
