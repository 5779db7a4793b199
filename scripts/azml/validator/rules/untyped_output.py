"""An inline step bound to an output whose type cannot be known: its component is no local file.

Bad:
    prepare: {component: azureml:prepare:3}
    report:
      inputs: {data: "${{parent.jobs.prepare.outputs.data}}"}
      command: ls ${{inputs.data}}

Fix: list the output in the sibling step, ``outputs: {data: {type: uri_folder}}``.

Source: azure-ai-ml entities/_job/pipeline/_component_translatable.py, _find_source_from_other_jobs.
"""

from collections.abc import Iterator

from azml.spec.binding import JOB_OUTPUT
from azml.spec.finding import Finding
from azml.spec.project import Project, binding_finding, parent_bindings
from azml.spec.reference import FILE
from azml.validator.contracts import pipelines

ID = "untyped-output"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each binding that azure-ai-ml cannot find the type of."""
    for pipeline in pipelines(project):
        remote = {
            name: step
            for name, step in pipeline.steps.items()
            if step.reference and step.reference.kind != FILE
        }
        for step in (each for each in pipeline.steps.values() if each.is_inline):
            for pointer, index, binding in parent_bindings(step):
                source = remote.get(binding.job) if binding.scope == JOB_OUTPUT else None
                if source and "inputs" in pointer and binding.name not in source.outputs:
                    message = (
                        f"the job '{source.name}' must list its output '{binding.name}': "
                        "an inline step needs the type, and its component is not a file"
                    )
                    yield binding_finding(step.document, ID, message, pointer, index)
