"""A name that Azure ML keeps for itself.

Bad:
    inputs:
      path: {type: string}

Fix: take another name: inputs and outputs become environment variables, and these are the shell's own.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command, "Common errors";
https://learn.microsoft.com/azure/machine-learning/concept-environments (prefixes AzureML- and Microsoft).
"""

from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.finding import Finding
from azml.validator.specs import SpecProject

ID = "reserved-name"

_PORTS = {"path", "ld_library_path", "user", "logname", "home", "pwd", "shell"}
_ENVIRONMENTS = ("AzureML-", "Microsoft")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every reserved name of an input, an output or an environment."""
    for component in list(project.components.values()):
        if component.type == "pipeline":
            continue
        for port in (*component.inputs.values(), *component.outputs.values()):
            if port.name.lower() in _PORTS:
                message = f"the name '{port.name}' is reserved; take another"
                yield port.document.finding(ID, message, port.pointer, key=True)
    for document, kind in project.specs:
        name = mapping(document.data).get("name")
        if kind == "environment" and isinstance(name, str) and name.startswith(_ENVIRONMENTS):
            message = f"names that start with {' or '.join(_ENVIRONMENTS)} are Azure ML's own"
            yield document.finding(ID, message, ("name",))
