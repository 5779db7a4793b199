"""A declared input or output that the command never uses.

Bad:
    inputs:
      data: {type: uri_folder}
      seed: {type: integer}
    command: python train.py --data ${{inputs.data}}

Fix: pass it to the script, or remove it. Not reported where the code reads its environment
(``AZURE_ML_INPUT_seed``) or may do so in the image, and for data that only makes a step wait for another.

Source: a convention; setting such an input has no effect.
"""

from collections.abc import Iterator
from pathlib import Path

from azml.core.components import Component, Port
from azml.core.document import Pointer
from azml.core.expressions import JOB_OUTPUT
from azml.core.finding import WARNING
from azml.validator.dataflow import given_inputs, named
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.shell import Command, commands
from azml.validator.specs import SpecProject

RULE = Rule("unused-in-command", severity=WARNING, is_consequence=True)

# Outputs that Azure ML fills from ./outputs.
_BUILT_IN = ("artifacts", "default")
# Programs that read no inputs from the environment; what others do is not known here.
_PLAIN_PROGRAMS = {
    *("cat", "cd", "cp", "echo", "find", "head", "ls", "mkdir", "mv", "nvidia-smi", "pip", "pip3", "pwd"),
    *("rm", "set", "sleep", "tail", "tar", "touch", "unzip", "wc"),
}
_ENVIRONMENT = ("AZURE_ML_INPUT", "AZURE_ML_OUTPUT", "AZUREML_PARAMETER", "AZUREML_DATAREFERENCE")


def check_project(project: SpecProject) -> Findings:
    ordering = set(_ordering_inputs(project))
    for command in commands(project):
        component = command.component
        if component.type == "command" and command.text and component.pointer[-1:] != ("trial",):
            unused = [*_unused(component, "inputs", ordering), *_unused(component, "outputs", ordering)]
            if unused and not _may_read_environment(command):
                yield from unused


def _ordering_inputs(project: SpecProject) -> Iterator[tuple[Path, Pointer]]:
    """Yield the places of inputs that a step binds to another step's output, and so waits for it.

    Azure ML has no ``depends_on``: an input that the command does not use is how a step waits.
    """
    for given in given_inputs(project):
        if given.binding and given.binding.scope == JOB_OUTPUT:
            yield given.port.document.path, given.port.pointer


def _may_read_environment(command: Command) -> bool:
    """Tell whether something that the command runs may read inputs from environment variables."""
    return (
        not command.words
        or any(_is_unknown(command, words) for words in command.words)
        or command.mentions(_ENVIRONMENT)
    )


def _is_unknown(command: Command, words: list[str]) -> bool:
    """Tell whether a simple command runs a program that is not in the uploaded code: the image has it."""
    started = {program.target for program, _ in command.scripts}
    is_known = words[0] in _PLAIN_PROGRAMS or started & set(words)
    return not is_known and not (command.code and any(command.code.find(word) for word in words[:2]))


def _unused(component: Component, kind: str, ordering: set[tuple[Path, Pointer]]) -> Findings:
    used = {name.split(".")[0] for name in named(component, kind)}
    ports = [port for port in getattr(component, kind).values() if not _is_for_others(component, port)]
    ports = [port for port in ports if (port.document.path, port.pointer) not in ordering]
    unused = [port for port in ports if port.name.split(".")[0] not in used]
    if len(unused) > 1 and not used:
        yield warning(f"the command uses none of the {kind}", component, kind, key=True)
    else:
        for port in unused:
            yield warning(f"the command never uses the {kind[:-1]} '{port.name}'", port, key=True)


def _is_for_others(component: Component, port: Port) -> bool:
    return port.name in _BUILT_IN or (component.is_job and "parent.jobs" in str(port.data))
