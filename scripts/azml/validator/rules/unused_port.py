"""An input of a pipeline that no step uses, or an output that no step writes.

Bad:
    inputs:
      learning_rate: 0.1
    jobs:
      train: {component: ./train.yml, inputs: {learning_rate: 0.05}}

Fix: bind it in a step (``${{parent.inputs.learning_rate}}``), or remove it. A warning.

Source: a reviewer's rule; whoever sets the input changes nothing.
"""

from azml.spec.binding import PARENT_INPUT, PARENT_OUTPUT, find_bindings
from azml.spec.component import Component
from azml.validator.findings import Findings, warning


def check_pipeline(pipeline: Component) -> Findings:
    texts = [value for _, value in pipeline.document.scalars(pipeline.pointer)]
    bindings = [binding for text in texts for binding in find_bindings(text)]
    used = {(each.scope, name) for each in bindings for name in (each.name, each.name.split(".")[0])}
    for port in pipeline.inputs.values():
        if not {(PARENT_INPUT, port.name), (PARENT_INPUT, port.name.split(".")[0])} & used:
            yield warning(f"no step uses the input '{port.name}' of the pipeline", port, key=True)
    for port in pipeline.outputs.values():
        if (PARENT_OUTPUT, port.name) not in used:
            yield warning(f"no step writes the output '{port.name}' of the pipeline", port, key=True)
