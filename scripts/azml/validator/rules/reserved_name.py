"""A name that Azure ML or the shell reserves.

Bad:
    inputs:
      path: {type: string}

Fix: choose another name. Inputs and outputs become environment variables; the shell uses these names itself.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command, "Common errors";
https://learn.microsoft.com/azure/machine-learning/concept-environments (prefixes AzureML- and Microsoft).
"""

from azml.core.components import Component
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import Spec

RULE = Rule("reserved-name")

_PORTS = {"path", "ld_library_path", "user", "logname", "home", "pwd", "shell"}
_ENVIRONMENTS = ("AzureML-", "Microsoft")


def check_component(component: Component) -> Findings:
    for port in (*component.inputs.values(), *component.outputs.values()):
        if port.name.lower() in _PORTS and component.type != "pipeline":
            yield error(f"the name '{port.name}' is reserved; choose another", port, key=True)


def check_spec(spec: Spec) -> Findings:
    if spec.kind == "environment" and str(spec.data.get("name")).startswith(_ENVIRONMENTS):
        yield error(f"names that start with {' or '.join(_ENVIRONMENTS)} are reserved", spec, "name")
