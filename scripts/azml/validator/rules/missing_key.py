"""A mapping that lacks a key which Azure ML requires.

Bad:
    type: command
    code: ./src

Fix: add the key.

Source: the field classes of azure-ai-ml (_schema/), required=True.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.validator.schema import schema_findings
from azml.validator.specs import SpecProject

ID = "missing-key"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield what the schemas found under this id."""
    yield from schema_findings(project, ID)
