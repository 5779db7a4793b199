"""An optional input with a default.

Bad:
    inputs:
      seed: {type: integer, optional: true, default: 42}

Fix: remove ``optional``: an input with a default need not be given anyway. Advice, so the rule is off
by default.

Source: https://github.com/Azure/azure-sdk-for-python/issues/41834
"""

from azml.core.components import Component
from azml.core.finding import WARNING
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule

RULE = Rule("optional-default", severity=WARNING, is_default=False, since="0.2")


def check_component(component: Component) -> Findings:
    found = [port for port in component.inputs.values() if port.is_literal and port.optional]
    found = [port for port in found if port.option("default") is not None]
    if found:
        more = f" (and {len(found) - 1} more in this file)" if len(found) > 1 else ""
        message = f"'{found[0].name}' has a default and need not be optional{more}"
        yield warning(message, found[0], "default", key=True)
