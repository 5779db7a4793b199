"""Two steps that write one output of the pipeline: an output has one writer.

Bad:
    jobs:
      prepare: {outputs: {data: "${{parent.outputs.data}}"}}
      clean: {outputs: {data: "${{parent.outputs.data}}"}}

Fix: bind each to an output of its own.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline
"""

from collections.abc import Iterator

from azml.spec.binding import PARENT_OUTPUT
from azml.spec.document import Pointer
from azml.spec.finding import Finding
from azml.spec.project import Project, binding_finding, parent_bindings
from azml.validator.contracts import pipelines

ID = "shared-output"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each binding to an output that an earlier step writes."""
    for pipeline in pipelines(project):
        writers: dict[str, Pointer] = {}
        for step in pipeline.steps.values():
            for pointer, index, binding in parent_bindings(step):
                if binding.scope != PARENT_OUTPUT or "outputs" not in pointer:
                    continue
                first = writers.setdefault(binding.name, pointer)
                if first != pointer:
                    message = f"the output '{binding.name}' of the pipeline has another writer"
                    related = (step.document.related("written here first", first),)
                    yield binding_finding(step.document, ID, message, pointer, index, related=related)
