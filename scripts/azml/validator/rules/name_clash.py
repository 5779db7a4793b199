"""Two inputs or two outputs whose names differ only in case.

Bad:
    inputs:
      rate: {type: number}
      Rate: {type: number}

Fix: give them different names.

Source: azure-ai-ml entities/_component/component.py (names are unique ignoring case).
"""

from azml.core.components import Component, Port
from azml.validator.findings import Findings, error, see
from azml.validator.rule import Rule

RULE = Rule("name-clash")


def check_component(component: Component) -> Findings:
    yield from _clashes(component.inputs)
    yield from _clashes(component.outputs)


def _clashes(ports: dict[str, Port]) -> Findings:
    seen: dict[str, Port] = {}
    for port in ports.values():
        first = seen.setdefault(port.name.lower(), port)
        if first is not port:
            message = f"'{port.name}' and '{first.name}' differ only in case; Azure ML ignores case"
            yield error(message, port, key=True, related=see(f"'{first.name}' is here", first))
