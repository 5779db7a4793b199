"""A declared input or output that the command never names.

Bad:
    inputs:
      data: {type: uri_folder}
      seed: {type: integer}
    command: python train.py --data ${{inputs.data}}

Fix: pass it to the script, or remove it. Silent where the code reads it from its environment
(``AZURE_ML_INPUT_seed``), and for data that only makes one step wait for another. A warning.

Source: a reviewer's rule; whoever sets the input changes nothing.
"""

from collections.abc import Iterator

from azml.spec.component import Component, Port
from azml.spec.finding import WARNING, Finding
from azml.spec.project import Project
from azml.validator.command_line import code_mentions
from azml.validator.contracts import excused, named

ID = "unused-in-command"
# Outputs that Azure ML fills from ./outputs by itself.
_BUILT_IN = ("artifacts", "default")
_ENVIRONMENT = ("AZURE_ML_INPUT", "AZURE_ML_OUTPUT", "AZUREML_PARAMETER", "AZUREML_DATAREFERENCE")


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at the name of each input and output that the command does not use."""
    for component in list(project.components.values()):
        command = component.data.get("command")
        is_trial = component.pointer[-1:] == ("trial",)
        if component.type == "command" and isinstance(command, str) and not is_trial:
            unused = [*_unused(component, "inputs"), *_unused(component, "outputs")]
            if unused and not any(word in command for word in _ENVIRONMENT):
                yield from _findings(component, unused)


def _unused(component: Component, kind: str) -> Iterator[tuple[str, Port]]:
    ports = getattr(component, kind)
    used = named(component, kind)
    explained = excused((name for name in used if name.split(".")[0] not in ports), set(ports) - used)
    heads = used | {name.split(".")[0] for name in used}
    for name, port in ports.items():
        if not {name, name.split(".")[0]} & heads and name not in explained and name not in _BUILT_IN:
            yield kind[:-1], port


def _findings(component: Component, unused: list[tuple[str, Port]]) -> Iterator[Finding]:
    if code_mentions(component, _ENVIRONMENT):
        return
    for kind, port in unused:
        if not (component.is_job and "parent.jobs" in str(port.data)):
            message = f"the command never uses the {kind} '{port.name}'"
            yield port.document.finding(ID, message, port.pointer, key=True, severity=WARNING)
