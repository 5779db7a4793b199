"""An optional input of a pipeline component that is passed to an input that is not optional.

Bad:
    inputs:
      seed: {type: integer, optional: true}
    jobs:
      train: {component: ./train.yml, inputs: {seed: "${{parent.inputs.seed}}"}}  # required there

Fix: make both optional, or make the pipeline's input required, with a default if it has one.

Source: azure-ai-ml entities/_component/pipeline_component.py, _validate_binding_inputs.
"""

from azml.core.components import Step
from azml.core.references import FILE
from azml.validator.dataflow import bound_input
from azml.validator.findings import Findings, error, see
from azml.validator.rule import Rule

RULE = Rule("optional-to-required")


def check_step(step: Step) -> Findings:
    # With a registered component a default is enough; with a file azure-ai-ml refuses that too.
    by_asset = step.reference is not None and step.reference.kind != FILE
    ports = step.component.inputs if step.component else {}
    for name, value in step.inputs.items():
        source = step.pipeline.inputs.get(bound_input(step.pipeline, value) or "")
        target = ports.get(name)
        if not source or not target or not source.optional or target.optional:
            continue
        if target.required or not by_asset:
            message = f"the pipeline's input '{source.name}' is optional, but '{name}' needs a value"
            related = see("optional here", source) + see("not optional here", target)
            yield error(message, step, "inputs", name, related=related)
