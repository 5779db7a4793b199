"""Two inputs or two outputs whose names differ only in upper and lower case.

Bad:
    inputs:
      rate: {type: number}
      Rate: {type: number}

Fix: give them different names.

Source: azure-ai-ml entities/_component/component.py (names are unique ignoring case).
"""

from collections.abc import Iterator

from azml.spec.component import Port
from azml.spec.finding import Finding
from azml.spec.project import Project

ID = "name-clash"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at the second of two such names."""
    for component in list(project.components.values()):
        for ports in (component.inputs, component.outputs):
            yield from _clashes(ports)


def _clashes(ports: dict[str, Port]) -> Iterator[Finding]:
    seen: dict[str, Port] = {}
    for port in ports.values():
        first = seen.setdefault(port.name.lower(), port)
        if first is not port:
            message = f"'{port.name}' and '{first.name}' differ only in case; to Azure ML they are one name"
            related = (port.document.related(f"'{first.name}' stands here", first.pointer),)
            yield port.document.finding(ID, message, port.pointer, key=True, related=related)
