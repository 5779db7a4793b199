"""The findings that the shared core makes while it reads and links specs."""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project


def core_findings(project: Project, rule: str) -> Iterator[Finding]:
    """Yield what reading the documents and linking the project found under a rule's id."""
    for document in project.documents:
        yield from (each for each in document.findings if each.rule == rule)
    yield from (each for each in project.findings if each.rule == rule)
