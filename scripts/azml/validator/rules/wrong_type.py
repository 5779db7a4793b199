"""A value of another type than Azure ML expects: a list for a mapping, a number for a string.

Bad:
    tags:
      release: 12

Fix: write a value of the expected type; quote what should stay a string.

Source: the field classes of azure-ai-ml (_schema/).
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.validator.schema import schema_findings
from azml.validator.specs import SpecProject

ID = "wrong-type"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield what the schemas found under this id."""
    yield from schema_findings(project, ID)
