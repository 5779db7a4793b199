"""A local file or folder that a spec names and that is not there.

Bad:
    component: ./components/trian.yml

Fix: correct the path; it counts from the folder of the file that names it.

Source: azure-ai-ml _schema/core/fields.py, LocalPathField and FileRefField.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.core_findings import core_findings

ID = "missing-file"


def check(project: Project) -> Iterator[Finding]:
    """Yield what the core found under this id."""
    yield from core_findings(project, ID)
