"""An optional input of a pipeline component handed on to an input that is not optional.

Bad:
    inputs:
      seed: {type: integer, optional: true}
    jobs:
      train: {component: ./train.yml, inputs: {seed: "${{parent.inputs.seed}}"}}  # required there

Fix: make both optional, or the pipeline's input required, with a default if it has one.

Source: azure-ai-ml entities/_component/pipeline_component.py, _validate_binding_inputs.
"""

from collections.abc import Iterator

from azml.spec.component import Step
from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.spec.reference import FILE
from azml.validator.contracts import bound_input, pipelines

ID = "optional-to-required"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each binding of a required input to an optional one."""
    for pipeline in pipelines(project):
        for step in pipeline.steps.values():
            if step.component:
                yield from _check_step(step)


def _check_step(step: Step) -> Iterator[Finding]:
    for name, value in step.inputs.items():
        source = step.pipeline.inputs.get(bound_input(step.pipeline, value) or "")
        target = step.component.inputs.get(name)
        # Where the component is an asset, a default will do; with a file azure-ai-ml refuses that too.
        by_asset = step.reference is not None and step.reference.kind != FILE
        if (
            source
            and target
            and source.optional
            and not target.optional
            and (target.required or not by_asset)
        ):
            message = f"the pipeline's '{source.name}' is optional and may have no value, '{name}' is not"
            related = (
                source.document.related("optional here", source.pointer),
                target.document.related("not optional here", target.pointer),
            )
            yield step.document.finding(ID, message, (*step.pointer, "inputs", name), related=related)
