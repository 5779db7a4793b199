"""An input of a pipeline that no step uses, or an output that no step writes.

Bad:
    inputs:
      learning_rate: 0.1
    jobs:
      train: {component: ./train.yml, inputs: {learning_rate: 0.05}}

Fix: bind it in a step (``${{parent.inputs.learning_rate}}``), or remove it. A warning.

Source: a reviewer's rule; whoever sets the input changes nothing.
"""

import re
from collections.abc import Iterator

from azml.spec.component import Component
from azml.spec.finding import WARNING, Finding
from azml.spec.project import Project
from azml.spec.scope import RUN_KEYS
from azml.validator.contracts import excused, pipelines

ID = "unused-port"

# Also what is malformed, such as ${parent.input.rate}: that mistake is reported where it stands.
_USES = {
    "inputs": re.compile(r"[{(\[]\s*(?:parent\s*\.\s*)?inputs?\s*\.\s*([\w.\-]+)", re.IGNORECASE),
    "outputs": re.compile(r"[{(\[]\s*(?:parent\s*\.\s*)?outputs?\s*\.\s*([\w.\-]+)", re.IGNORECASE),
}


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at the name of each unused input and output of a pipeline."""
    for pipeline in pipelines(project):
        yield from _unused(pipeline, "inputs", "no step uses the input '{}' of the pipeline")
        yield from _unused(pipeline, "outputs", "no step writes the output '{}' of the pipeline")


def _unused(pipeline: Component, kind: str, message: str) -> Iterator[Finding]:
    ports = getattr(pipeline, kind)
    inside = (pipeline.document.scalars((*pipeline.pointer, key)) for key in set(pipeline.data) - {kind})
    texts = [value for each in inside for pointer, value in each if not RUN_KEYS & set(pointer)]
    used = {name for text in texts if isinstance(text, str) for name in _USES[kind].findall(text)}
    used |= {name.split(".")[0] for name in used}
    unused = [name for name in ports if name not in used]
    explained = excused((name for name in used if name.split(".")[0] not in ports), unused)
    for name in unused:
        if name not in explained:
            port = ports[name]
            yield port.document.finding(ID, message.format(name), port.pointer, key=True, severity=WARNING)
