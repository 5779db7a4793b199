"""A step whose ``type`` is another than its component's.

Bad:
    train:
      type: pipeline
      component: ./train.yml        # type: command

Fix: give the component's type, or leave ``type`` out.

Source: azure-ai-ml entities/_job/pipeline/_load_component.py: the step's type decides how it is read.
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.contracts import pipelines

ID = "step-type"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each ``type`` of a step that its component contradicts."""
    for pipeline in pipelines(project):
        for step in pipeline.steps.values():
            component = step.component
            if component is None or step.is_inline or "type" not in step.data or "component" not in step.data:
                continue
            if isinstance(component.data.get("type"), str) and component.type != step.type != "sweep":
                message = (
                    f"the step is of the type {step.type}, its component {component.name} {component.type}"
                )
                related = (component.document.related("its type", (*component.pointer, "type")),)
                yield step.document.finding(ID, message, (*step.pointer, "type"), related=related)
