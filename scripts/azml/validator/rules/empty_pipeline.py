"""A pipeline without a single step.

Bad:
    type: pipeline
    jobs: {}

Fix: add a step.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-pipeline (jobs is required).
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project

ID = "empty-pipeline"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at every pipeline whose jobs are empty."""
    for component in list(project.components.values()):
        if component.type == "pipeline" and "jobs" in component.data and component.data["jobs"] in ({}, None):
            yield component.document.finding(
                ID, "the pipeline has no steps", (*component.pointer, "jobs"), key=True
            )
