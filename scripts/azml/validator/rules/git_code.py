"""A ``code`` that is a git URL, which components do not support.

Bad:
    code: git+https://github.com/org/repository.git

Fix: check out the code and give the local folder.

Source: azure-ai-ml entities/_component/code.py ("git paths are not supported").
"""

from azml.core.components import Component
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("git-code")


def check_component(component: Component) -> Findings:
    if str(component.data.get("code")).startswith("git+"):
        yield error("code cannot be a git URL; check it out and give the local folder", component, "code")
