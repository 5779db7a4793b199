"""An input of a pipeline that no step uses, or an output that no step writes.

Bad:
    inputs:
      learning_rate: 0.1
    jobs:
      train: {component: ./train.yml, inputs: {learning_rate: 0.05}}

Fix: bind it in a step (``${{parent.inputs.learning_rate}}``), or remove it. A warning.

Source: a reviewer's rule; whoever sets the input changes nothing.
"""

from collections.abc import Iterator

from azml.spec.binding import PARENT_INPUT, PARENT_OUTPUT, find_bindings
from azml.spec.component import Port
from azml.spec.finding import WARNING, Finding
from azml.spec.project import Project
from azml.validator.contracts import pipelines

ID = "unused-port"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at the name of each unused input and output of a pipeline."""
    for pipeline in pipelines(project):
        texts = [value for _, value in pipeline.document.scalars(pipeline.pointer)]
        used = {(each.scope, each.name.split(".")[0]) for text in texts for each in find_bindings(text)}
        used |= {(each.scope, each.name) for text in texts for each in find_bindings(text)}
        for port in pipeline.inputs.values():
            if not {(PARENT_INPUT, port.name), (PARENT_INPUT, port.name.split(".")[0])} & used:
                yield _finding(port, "no step uses the input")
        for port in pipeline.outputs.values():
            if (PARENT_OUTPUT, port.name) not in used:
                yield _finding(port, "no step writes the output")


def _finding(port: Port, message: str) -> Finding:
    text = f"{message} '{port.name}' of the pipeline"
    return port.document.finding(ID, text, port.pointer, key=True, severity=WARNING)
