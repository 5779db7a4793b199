"""Code that is taken from a git address: components do not take it.

Bad:
    code: git+https://github.com/org/repository.git

Fix: check the code out and name the local folder.

Source: azure-ai-ml entities/_component/code.py ("git paths are not supported").
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project

ID = "git-code"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at every code that starts with git+."""
    for component in list(project.components.values()):
        code = component.data.get("code")
        if isinstance(code, str) and code.startswith("git+"):
            message = "code cannot be a git address; check it out and name the folder"
            yield component.document.finding(ID, message, (*component.pointer, "code"))
