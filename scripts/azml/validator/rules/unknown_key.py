"""A key that Azure ML does not know here: misspelt, or in the wrong place.

Bad:
    comand: python train.py

Fix: use the key that is offered, or move the key to where it belongs.

Source: the field classes of azure-ai-ml (_schema/), which swallow unknown keys in components and steps.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.validator.schema import schema_findings
from azml.validator.specs import SpecProject

ID = "unknown-key"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield what the schemas found under this id."""
    yield from schema_findings(project, ID)
