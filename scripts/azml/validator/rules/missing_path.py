"""A data input of a job that has no path.

Bad:
    inputs:
      customers:
        type: uri_file

Fix: give it a path, or pass it with --set inputs.customers.path=...

Source: azure-ai-ml operations/_job_operations.py ("Input path can't be empty for jobs", at submission).
"""

from collections.abc import Iterator

from azml.spec.finding import WARNING, Finding
from azml.spec.project import Project

ID = "missing-path"


def check(project: Project) -> Iterator[Finding]:
    """Yield a warning at every such input."""
    for component in list(project.components.values()):
        for port in component.inputs.values() if component.is_job and not component.pointer else ():
            if isinstance(port.data, dict) and port.is_data and not port.data.get("path"):
                message = f"the input '{port.name}' has no path; without one the job is refused"
                yield port.document.finding(ID, message, port.pointer, key=True, severity=WARNING)
