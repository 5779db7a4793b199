"""Two steps that write the same output of the pipeline.

Bad:
    jobs:
      prepare: {outputs: {data: "${{parent.outputs.data}}"}}
      clean: {outputs: {data: "${{parent.outputs.data}}"}}

Fix: bind each step to its own output.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline
"""

from azml.core.components import Component
from azml.core.expressions import OUTPUT, PARENT_OUTPUT
from azml.core.place import Place
from azml.validator.findings import Findings, error, see
from azml.validator.rule import Rule

RULE = Rule("shared-output")


def check_pipeline(pipeline: Component) -> Findings:
    writers: dict[str, Place] = {}
    for step in pipeline.steps.values():
        for place, binding in step.parent_bindings:
            if binding.scope == PARENT_OUTPUT and place.pointer[len(step.pointer)] == OUTPUT:
                first = writers.setdefault(binding.name, place)
                if first != place:
                    message = f"another step already writes the pipeline output '{binding.name}'"
                    yield error(message, place, related=see("written here first", first))
