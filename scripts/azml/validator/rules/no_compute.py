"""A step without a compute in a pipeline, or a deployed pipeline component, without a default compute.

Bad:
    type: pipeline
    jobs:
      train: {component: ./train.yml}

Fix: set ``settings: {default_compute: azureml:serverless}``, or a compute for the step.

Source: azure-ai-ml entities/_component/pipeline_component.py, _validate_compute_is_set; for deployments
https://github.com/Azure/azure-sdk-for-python/issues/41952
"""

from azml.core.components import Component, Step, misspelt
from azml.core.finding import NEARLY_THE_SAME, nearest
from azml.core.place import Place
from azml.core.values import mapping
from azml.validator.files import COMPONENT
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("no-compute")

_DEPLOYMENT = "pipeline_component_batch_deployment"
_NEED_NONE = ("pipeline", "if_else", "do_while", "parallel_for")


def check_pipeline(pipeline: Component) -> Findings:
    settings = pipeline.data.get("settings") or {}
    if not isinstance(settings, dict):
        return
    given = pipeline.data.get("compute") or settings.get("default_compute")
    misplaced = "default_compute" in pipeline.data or misspelt(pipeline.data, "compute")
    wrong = misplaced or misspelt(pipeline.data, "settings") or misspelt(settings, "default_compute")
    if not pipeline.is_job or pipeline.pointer or given or wrong:
        return
    lacking = [step for step in pipeline.steps.values() if not _has_compute(step)]
    fix = "set settings.default_compute (azureml:serverless needs no cluster)"
    if len(lacking) == len(pipeline.steps):
        message = f"neither the pipeline nor any of its steps has a compute; {fix}"
        yield error(message, pipeline, "jobs", key=True)
        return
    for step in lacking:
        message = f"the step '{step.name}' has no compute, and the pipeline has no default; {fix}"
        yield error(message, step, key=True)


def check_project(project: SpecProject) -> Findings:
    """Check deployed pipeline components: every invocation needs a compute for each step."""
    for use in project.file_uses:
        component = project.components.get((use.path, ()))
        deployment = Place(use.document)
        is_deployed = use.role == COMPONENT and project.kinds.get(use.document.path) == _DEPLOYMENT
        if not is_deployed or component is None or not component.steps:
            continue
        has_default = mapping(deployment.data.get("settings")).get("default_compute")
        if not has_default and not all(_has_compute(step) for step in component.steps.values()):
            message = "the steps of this component have no compute; set settings.default_compute here"
            yield error(message, use)


def _has_compute(step: Step) -> bool:
    if step.type == "pipeline" and step.component and step.component.steps:
        return all(_has_compute(each) for each in step.component.steps.values())
    where = ("compute", "resources") if step.type == "spark" else ("compute",)  # Spark may be serverless
    is_given = any(step.data.get(nearest(key, step.data, NEARLY_THE_SAME) or key) for key in where)
    return is_given or step.type in _NEED_NONE
