"""Text that is not YAML, or YAML that no spec can be: tabs, two documents, endless aliases.

Bad:
    inputs:
        rate: 0.1

Fix: indent with spaces; quote values that hold ": " or " #".

Source: https://yaml.org/spec/1.2.2/
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.core_findings import core_findings

ID = "yaml-syntax"


def check(project: Project) -> Iterator[Finding]:
    """Yield what the core found under this id, and specs that are no mapping."""
    yield from core_findings(project, ID)
    for document in project.documents:
        if isinstance(document.data, list) and "azuremlschemas" in document.text:
            yield document.finding(ID, "a spec is a mapping of keys to values, not a list")
