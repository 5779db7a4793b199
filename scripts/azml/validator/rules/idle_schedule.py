"""A schedule whose job can only repeat itself: Azure ML reuses all its steps, and nothing new is computed.

Bad:
    create_job: ./pipeline.yml    # inputs: {data: {type: uri_file, path: ./clients.csv}}

A local file is uploaded once, when the schedule is created, and every firing reads that copy. A deterministic
step with the same inputs is not run again.

Fix: let the schedule give registered data or a datastore path, and ``settings: {force_rerun: true}``.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-debug-pipeline-reuse-issues
"""

from azml.core.components import Component, Step
from azml.core.expressions import find_bindings
from azml.core.finding import WARNING
from azml.core.references import FILE, parse_reference
from azml.core.values import is_true, mapping
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("idle-schedule", severity=WARNING, since="0.2")

_PLACES = (("create_job",), ("create_job", "job"))


def check_project(project: SpecProject) -> Findings:
    for use in project.file_uses:
        job = project.components.get((use.path, ())) if use.pointer in _PLACES else None
        changes = mapping(use.document.get(("create_job",)))
        if job and job.is_job and (path := _idle_path(job, changes)):
            message = (
                f"every firing reads the copy of '{path}' uploaded now, so Azure ML reuses all steps; "
                "give registered data or a datastore path, and set settings.force_rerun to true"
            )
            yield warning(message, use)


def _idle_path(job: Component, changes: dict) -> str | None:
    """Return the local data that keeps a job from ever doing anything new; None where it may."""
    settings = mapping(job.data.get("settings")) | mapping(changes.get("settings"))
    given = mapping(job.data.get("inputs")) | _merged(job, mapping(changes.get("inputs")))
    if job.type != "pipeline" or is_true(settings.get("force_rerun")) or "creation_context" in str(given):
        return None
    paths = [value.get("path") for value in map(mapping, given.values()) if "path" in value]
    is_local = all(_is_local(job, path) for path in paths)
    first = [step for step in job.steps.values() if not _waits(step)]
    is_idle = bool(first) and all(map(_is_deterministic, first))
    return paths[0] if paths and is_local and is_idle else None


def _is_local(job: Component, path: object) -> bool:
    reference = parse_reference(path) if isinstance(path, str) else None
    return bool(reference and reference.kind == FILE and reference.resolve(job.document.path.parent).exists())


def _merged(job: Component, inputs: dict) -> dict:
    """Return a schedule's inputs over the job's own (azure-ai-ml _schema/schedule/create_job.py)."""
    own = mapping(job.data.get("inputs"))
    return {
        name: mapping(own.get(name)) | value if isinstance(value, dict) else value
        for name, value in inputs.items()
    }


def _waits(step: Step) -> bool:
    return any(binding.job for _, value in step.pointers() for binding in find_bindings(value))


def _is_deterministic(step: Step) -> bool:
    """Tell whether a step is known here and reads nothing but what the job gives it."""
    component = step.component
    if component is None or step.type != "command":
        return False
    deterministic = component.data.get("is_deterministic", True)
    literal_paths = [value for value in map(mapping, step.inputs.values()) if "path" in value]
    return is_true(deterministic) and not literal_paths
