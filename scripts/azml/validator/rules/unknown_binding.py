"""A binding to an input, output or job that does not exist.

Bad:
    inputs:
      data: ${{parent.jobs.prepare.outputs.dta}}

Fix: name what the pipeline or the sibling job declares.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax, "Binding inputs and
outputs"; azure-ai-ml does not check the bindings of component steps.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.core_findings import core_findings

ID = "unknown-binding"


def check(project: Project) -> Iterator[Finding]:
    """Yield what the core found under this id."""
    yield from core_findings(project, ID)
