"""An invalid name of an input or output, or of the asset that an output is registered as.

Bad:
    inputs:
      learning-rate:
        type: number

Fix: use letters, digits and underscores, not starting with a digit.

Source: azure-ai-ml constants/_component.py (VALID_KEY_PATTERN), entities/_inputs_outputs/output.py.
"""

import re

from azml.core.components import Component
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("port-name")

_PORT = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_ASSET = re.compile(r"[\w-]{0,255}", re.ASCII)


def check_component(component: Component) -> Findings:
    for port in (*component.inputs.values(), *component.outputs.values()):
        if not _PORT.fullmatch(port.name):
            message = f"'{port.name}' is not a valid name here; use letters, digits and _, no digit first"
            yield error(message, port, key=True)
    for port in component.outputs.values():
        name = port.option("name")
        if isinstance(name, str) and "{" not in name and not _ASSET.fullmatch(name):
            message = f"'{name}' is not a valid asset name; use letters, digits, underscores and dashes"
            yield error(message, port, "name")
