"""Code that is taken from a git address: components do not take it.

Bad:
    code: git+https://github.com/org/repository.git

Fix: check the code out and name the local folder.

Source: azure-ai-ml entities/_component/code.py ("git paths are not supported").
"""

from azml.core.components import Component
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("git-code")


def check_component(component: Component) -> Findings:
    if str(component.data.get("code")).startswith("git+"):
        yield error("code cannot be a git address; check it out and name the folder", component, "code")
