"""A step whose ``type`` differs from its component's.

Bad:
    train:
      type: pipeline
      component: ./train.yml        # type: command

Fix: give the component's type, or remove ``type``.

Source: azure-ai-ml entities/_job/pipeline/_load_component.py: the step's type decides how it is read.
"""

from azml.core.components import Step
from azml.validator.findings import Findings, error, put, see
from azml.validator.rule import Rule

RULE = Rule("step-type")


def check_step(step: Step) -> Findings:
    component = step.component
    if component is None or step.is_inline or "type" not in step.data or "component" not in step.data:
        return
    if isinstance(component.data.get("type"), str) and component.type != step.type != "sweep":
        message = f"the type is {step.type}, but the component {component.name} has type {component.type}"
        fix = put(component.type, step, "type", is_safe=True)
        yield error(message, step, "type", related=see("its type", component, "type"), fix=fix)
