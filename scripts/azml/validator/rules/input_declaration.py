"""An input declaration that contradicts itself, or has an option that its type does not support.

Bad:
    inputs:
      share: {type: number, min: 1, max: 0}
      mode: {type: string, min: 1}
      data: {type: uri_file, default: ./data.csv}

Fix: correct the range or remove the option.

Source: azure-ai-ml constants/_component.py, INPUT_TYPE_COMBINATION; entities/_inputs_outputs/input.py.
"""

from azml.core.components import Component, Port
from azml.validator.findings import Findings, error
from azml.validator.literals import limits, to_number
from azml.validator.messages import expected_types
from azml.validator.rule import Rule

RULE = Rule("input-declaration")


def check_component(component: Component) -> Findings:
    for port in component.inputs.values():
        yield from _check_input(port)


def _check_input(port: Port) -> Findings:
    low, high = limits(port)
    if low > high:
        message = f"min ({port.option('min')}) is above max ({port.option('max')})"
        yield error(message, port, "min")
    for key in ("min", "max") if port.type in ("integer", "number") else ():
        if isinstance(value := port.option(key), str) and to_number(value) is None:
            yield error(f"'{value}' is not {expected_types(str(port.type))}", port, key)
    for key in _foreign_options(port):
        yield error(f"inputs of type {port.type} do not support '{key}'", port, key, key=True)


def _foreign_options(port: Port) -> list[str]:
    keys = ("default", "min", "max") if port.is_data else ("min", "max")
    is_known = port.is_data or port.type in ("string", "boolean")
    return [key for key in keys if is_known and port.option(key) is not None]
