"""A pipeline input that no step uses, or a pipeline output that no step writes.

Bad:
    inputs:
      learning_rate: 0.1
    jobs:
      train: {component: ./train.yml, inputs: {learning_rate: 0.05}}

Fix: bind it in a step (``${{parent.inputs.learning_rate}}``), or remove it.

Source: a convention; setting such an input has no effect.
"""

from azml.core.components import Component
from azml.core.expressions import PARENT_INPUT, PARENT_OUTPUT, find_bindings
from azml.core.finding import WARNING
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule

RULE = Rule("unused-port", severity=WARNING, is_consequence=True)


def check_pipeline(pipeline: Component) -> Findings:
    texts = [value for _, value in pipeline.document.scalars(pipeline.pointer)]
    bindings = [binding for text in texts for binding in find_bindings(text)]
    used = {(each.scope, each.name.split(".")[0]) for each in bindings}
    for port in (*pipeline.inputs.values(), *pipeline.outputs.values()):
        is_input = port.pointer[-2] == "inputs"
        if (PARENT_INPUT if is_input else PARENT_OUTPUT, port.name.split(".")[0]) not in used:
            what = "uses the input" if is_input else "writes the output"
            yield warning(f"no step {what} '{port.name}' of the pipeline", port, key=True)
