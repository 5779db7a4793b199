"""A value that is none of the words, numbers or forms allowed at its place.

Bad:
    type: uri_folders

Fix: use one of the allowed values.

Source: the field classes of azure-ai-ml (_schema/).
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.validator.schema import schema_findings
from azml.validator.specs import SpecProject

ID = "wrong-value"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield what the schemas found under this id."""
    yield from schema_findings(project, ID)
