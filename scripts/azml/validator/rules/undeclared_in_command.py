"""A command, or the arguments of a script, that names an input or output which is not declared.

Bad:
    inputs:
      data: {type: uri_folder}
    command: python train.py --data ${{inputs.dta}}

Fix: name a declared input or output, or declare it.

Source: azure-ai-ml entities/_component/command_component.py, _validate_command.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.core_findings import core_findings

ID = "undeclared-in-command"


def check(project: Project) -> Iterator[Finding]:
    """Yield what the core found under this id."""
    yield from core_findings(project, ID)
