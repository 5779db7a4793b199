"""A command step of its own in a pipeline that names no environment.

Bad:
    jobs:
      report:
        command: python report.py

Fix: give it an environment.

Source: azure-ai-ml entities/_builders/command.py: checked when the pipeline is validated, not in the schema.
"""

from collections.abc import Iterator

from azml.spec.component import misspelt
from azml.spec.finding import Finding
from azml.spec.project import Project

ID = "missing-environment"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at every such step."""
    for component in list(project.components.values()):
        for step in component.steps.values():
            if step.type != "command" or not step.is_inline or "command" not in step.data:
                continue
            if not misspelt(step.data, "environment") and "environment" not in step.data:
                message = "a step with a command of its own needs an environment"
                yield step.document.finding(ID, message, step.pointer, key=True)
