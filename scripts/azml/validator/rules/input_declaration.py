"""A declaration of an input that contradicts itself: min above max, optional and yet a default.

Bad:
    inputs:
      share: {type: number, min: 1, max: 0}
      seed: {type: integer, optional: true, default: 42}

Fix: correct the range; a default already makes an input optional to give, so drop ``optional``.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command; optional with a
default fails at submission in https://github.com/Azure/azure-sdk-for-python/issues/41834 (a warning).
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
    if port.optional and port.option("default") is not None:
        message = "an optional input with a default: use one of the two, a default makes it optional to give"
        yield port.document.finding(ID, message, (*port.pointer, "default"), key=True, severity=WARNING)
