"""An inline command step without an environment.

Bad:
    jobs:
      report:
        command: python report.py

Fix: add an environment.

Source: azure-ai-ml entities/_builders/command.py: checked when the pipeline is validated, not by the schema.
"""

from azml.core.components import Step, misspelt
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("missing-environment")


def check_step(step: Step) -> Findings:
    has_environment = "environment" in step.data or misspelt(step.data, "environment")
    if step.type == "command" and step.is_inline and "command" in step.data and not has_environment:
        yield error("a step with its own command needs an environment", step, key=True)
