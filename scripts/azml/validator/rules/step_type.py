"""A step whose ``type`` is not that of its component, or of its keys.

Bad:
    train:
      type: pipeline
      component: ./train.yml        # type: command

Fix: give the component's type, or remove ``type``; of an inline step, give the type that its keys belong to.

Source: azure-ai-ml entities/_job/pipeline/_load_component.py: the step's type decides how it is read.
"""

from azml.core.components import KEYS_OF_TYPES, Step
from azml.validator.findings import Findings, error, put, see
from azml.validator.rule import Rule

RULE = Rule("step-type")


def check_step(step: Step) -> Findings:
    meant = step.meant_type
    if "type" not in step.data or step.type == meant:
        return
    fix = put(meant, step, "type", is_safe=True)
    if step.component and "component" in step.data:
        message = f"the type is {step.type}, but the component {step.component.name} has type {meant}"
        yield error(message, step, "type", related=see("its type", step.component, "type"), fix=fix)
    else:
        key = next(key for key in step.data if key in KEYS_OF_TYPES[meant])
        yield error(f"the type is {step.type}, but '{key}' belongs to type {meant}", step, "type", fix=fix)
