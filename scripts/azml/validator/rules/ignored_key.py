"""A key of a step that Azure ML ignores, because the step runs a component that has its own.

Bad:
    component: ./components/train.yml
    environment: azureml:other:1

Fix: change the component, or write the step without one.

Source: azure-ai-ml entities/_builders/command.py (_picked_fields_from_dict_to_rest_object): of a command node
only resources, distribution, limits, environment_variables, identity, services and queue_settings are sent.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project

ID = "ignored-key"

_KEYS = ("command", "code", "environment")


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at every such key."""
    for component in list(project.components.values()):
        for step in component.steps.values():
            if step.type == "command" and "component" in step.data:
                for key in _KEYS:
                    if key in step.data:
                        message = f"'{key}' is ignored here: the component has its own"
                        yield step.document.finding(ID, message, (*step.pointer, key), key=True)
