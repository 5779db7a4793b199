"""A command step of its own in a pipeline that names no environment.

Bad:
    jobs:
      report:
        command: python report.py

Fix: give it an environment.

Source: azure-ai-ml entities/_builders/command.py: checked when the pipeline is validated, not in the schema.
"""

from azml.core.components import Step, misspelt
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("missing-environment")


def check_step(step: Step) -> Findings:
    has_environment = "environment" in step.data or misspelt(step.data, "environment")
    if step.type == "command" and step.is_inline and "command" in step.data and not has_environment:
        yield error("a step with a command of its own needs an environment", step, key=True)
