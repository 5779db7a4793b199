"""An inline step bound to an output of unknown type: the other step's component is not a local file.

Bad:
    prepare: {component: azureml:prepare:3}
    report:
      inputs: {data: "${{parent.jobs.prepare.outputs.data}}"}
      command: ls ${{inputs.data}}

Fix: list the output in the other step, ``outputs: {data: {type: uri_folder}}``.

Source: azure-ai-ml entities/_job/pipeline/_component_translatable.py, _find_source_from_other_jobs.
"""

from azml.core.components import Step
from azml.core.expressions import JOB_OUTPUT
from azml.core.references import FILE
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("untyped-output")


def check_step(step: Step) -> Findings:
    for place, binding in step.parent_bindings if step.is_inline else ():
        source = step.pipeline.steps.get(binding.job or "") if binding.scope == JOB_OUTPUT else None
        if source is None or "inputs" not in place.pointer or not _is_remote(source):
            continue
        if binding.name not in source.outputs:
            message = f"the job '{source.name}' must list its output '{binding.name}': "
            message += "an inline step needs the type, and its component is not a file"
            yield error(message, place)


def _is_remote(step: Step) -> bool:
    return step.reference is not None and step.reference.kind != FILE
