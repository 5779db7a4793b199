"""``on_init`` or ``on_finalize`` with an unknown job, the same job twice, or a job bound to other jobs.

Bad:
    settings: {on_init: prepare}
    jobs:
      train: {inputs: {data: "${{parent.jobs.prepare.outputs.data}}"}}

Fix: name a job that is not bound to any other job.

Source: azure-ai-ml entities/_job/pipeline/pipeline_job.py, _validate_init_finalize_job.
"""

from azml.core.bindings import dependencies
from azml.core.components import Component
from azml.core.finding import did_you_mean
from azml.core.values import mapping
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("init-finalize")


def check_pipeline(pipeline: Component) -> Findings:
    settings = mapping(pipeline.data.get("settings"))
    for key in ("on_init", "on_finalize"):
        if isinstance(settings.get(key), str) and (problem := _problem(pipeline, settings, key)):
            yield error(problem, pipeline, "settings", key)


def _problem(pipeline: Component, settings: dict, key: str) -> str | None:
    name = settings[key]
    if name not in pipeline.steps:
        return f"{key}: the pipeline has no job '{name}'{did_you_mean(name, pipeline.steps)}"
    if settings.get("on_init") == settings.get("on_finalize"):
        return "on_init and on_finalize name the same job" if key == "on_finalize" else None
    needs = dependencies(pipeline)
    if needs[name] or any(name in others for others in needs.values()):
        return f"{key}: the job '{name}' must not be bound to other jobs"
    others = [
        each for each in pipeline.steps if each not in (settings.get("on_init"), settings.get("on_finalize"))
    ]
    return None if others else f"{key}: the pipeline has no other job"
