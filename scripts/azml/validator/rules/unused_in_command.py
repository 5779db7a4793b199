"""A declared input or output that the command never uses.

Bad:
    inputs:
      data: {type: uri_folder}
      seed: {type: integer}
    command: python train.py --data ${{inputs.data}}

Fix: pass it to the script, or remove it. Not reported where the code reads its environment
(``AZURE_ML_INPUT_seed``), and for data that only makes a step wait for another.

Source: a convention; setting such an input has no effect.
"""

from azml.core.components import Component, Port
from azml.core.finding import WARNING
from azml.validator.dataflow import named
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.shell import Command

RULE = Rule("unused-in-command", severity=WARNING, is_consequence=True)

# Outputs that Azure ML fills from ./outputs.
_BUILT_IN = ("artifacts", "default")
_ENVIRONMENT = ("AZURE_ML_INPUT", "AZURE_ML_OUTPUT", "AZUREML_PARAMETER", "AZUREML_DATAREFERENCE")


def check_command(command: Command) -> Findings:
    component = command.component
    if component.type == "command" and command.text and component.pointer[-1:] != ("trial",):
        unused = [*_unused(component, "inputs"), *_unused(component, "outputs")]
        if unused and not command.mentions(_ENVIRONMENT):
            yield from unused


def _unused(component: Component, kind: str) -> Findings:
    used = {name.split(".")[0] for name in named(component, kind)}
    ports = [port for port in getattr(component, kind).values() if not _is_for_others(component, port)]
    unused = [port for port in ports if port.name.split(".")[0] not in used]
    if len(unused) > 1 and not used:
        yield warning(f"the command uses none of the {kind}", component, kind, key=True)
    else:
        for port in unused:
            yield warning(f"the command never uses the {kind[:-1]} '{port.name}'", port, key=True)


def _is_for_others(component: Component, port: Port) -> bool:
    return port.name in _BUILT_IN or (component.is_job and "parent.jobs" in str(port.data))
