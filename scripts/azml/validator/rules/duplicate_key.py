"""A key that stands twice in one mapping: only the last one counts.

Bad:
    inputs:
      rate: 0.1
      rate: 0.2

Fix: keep one of the two.

Source: https://yaml.org/spec/1.2.2/#3213-node-comparison (keys are unique); PyYAML keeps the last silently.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.core_findings import core_findings

ID = "duplicate-key"


def check(project: Project) -> Iterator[Finding]:
    """Yield what the core found under this id."""
    yield from core_findings(project, ID)
