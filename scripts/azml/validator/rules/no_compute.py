"""A step of a pipeline job that has no compute, where the pipeline has no default either.

Bad:
    type: pipeline
    jobs:
      train: {component: ./train.yml}

Fix: ``settings: {default_compute: azureml:serverless}``, or a compute for the step.

Source: azure-ai-ml entities/_component/pipeline_component.py, _validate_compute_is_set.
"""

from collections.abc import Iterator

from azml.spec.component import Component, Step, mapping, misspelt
from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.contracts import pipelines

ID = "no-compute"
_NEED_NONE = ("pipeline", "if_else", "do_while", "parallel_for")


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each step without compute; at ``jobs`` when no step has one."""
    for pipeline in pipelines(project):
        settings = mapping(pipeline.data.get("settings"))
        given = pipeline.data.get("compute") or settings.get("default_compute")
        wrong = misspelt(pipeline.data, "settings") or misspelt(settings, "default_compute")
        if pipeline.is_job and not pipeline.pointer and not given and not wrong:
            yield from _check_steps(pipeline)


def _check_steps(pipeline: Component) -> Iterator[Finding]:
    lacking = [step for step in pipeline.steps.values() if not _has_compute(step)]
    fix = "set settings.default_compute (azureml:serverless needs no cluster)"
    if len(lacking) == len(pipeline.steps):
        message = f"neither the pipeline nor any of its steps has a compute; {fix}"
        yield pipeline.document.finding(ID, message, ("jobs",), key=True)
        return
    for step in lacking:
        message = f"the step '{step.name}' has no compute and the pipeline no default; {fix}"
        yield step.document.finding(ID, message, step.pointer, key=True)


def _has_compute(step: Step) -> bool:
    if step.type == "pipeline" and step.component and step.component.steps:
        return all(_has_compute(each) for each in step.component.steps.values())
    is_serverless_spark = step.type == "spark" and "resources" in step.data
    return bool(step.data.get("compute")) or step.type in _NEED_NONE or is_serverless_spark
