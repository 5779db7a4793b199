"""Steps that wait for each other, or a component that contains itself.

Bad:
    jobs:
      prepare: {inputs: {data: ${{parent.jobs.train.outputs.model}}}}
      train: {inputs: {data: ${{parent.jobs.prepare.outputs.data}}}}

Fix: let one of the steps take its input from the pipeline.

Source: azure-ai-ml checks no cycles; the service refuses the graph at submission.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.core_findings import core_findings

ID = "cycle"


def check(project: Project) -> Iterator[Finding]:
    """Yield what the core found under this id."""
    yield from core_findings(project, ID)
