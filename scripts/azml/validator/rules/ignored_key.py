"""A key of a step that Azure ML ignores because the component defines it.

Bad:
    component: ./components/train.yml
    environment: azureml:other:1

Fix: set it in the component, or define the step inline.

Source: azure-ai-ml entities/_builders/command.py (_picked_fields_from_dict_to_rest_object): of a command node
only resources, distribution, limits, environment_variables, identity, services and queue_settings are sent.
"""

from azml.core.components import Step
from azml.core.finding import WARNING
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule

RULE = Rule("ignored-key", severity=WARNING)


def check_step(step: Step) -> Findings:
    if step.type == "command" and "component" in step.data:
        for key in ("command", "code", "environment"):
            if key in step.data:
                yield warning(f"'{key}' is ignored here: the component defines it", step, key, key=True)
