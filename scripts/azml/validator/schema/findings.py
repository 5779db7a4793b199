"""What the schemas say about the specs, as findings."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

from azml.core.components import KEYS_OF_TYPES, Component, misplaced
from azml.core.document import Pointer
from azml.core.finding import ERROR, WARNING, Finding
from azml.core.kinds import kind_by_shape
from azml.core.values import JSON, mapping

from ..placeholders import is_placeholder
from ..specs import Spec, SpecProject
from ..triggers import KEYS_OF_TRIGGERS, meant_trigger
from .error import MISSING_KEY, UNKNOWN_KEY, WRONG_TYPE, WRONG_VALUE, SchemaError
from .guesses import explain_missing_keys, lost_indents
from .messages import message_for, replacement
from .validation import validate


def schema_findings(project: SpecProject) -> Iterator[Finding]:
    """Yield what the schemas find."""
    for spec in project.specs:
        if spec.document.root is not None:
            component = project.components.get((spec.document.path, ()))
            checks = partial(_spec_findings, component=component)
            for finding in project.guard("schema", checks, spec):
                yield _as_reached(project, spec, finding)


def _as_reached(project: SpecProject, spec: Spec, finding: Finding) -> Finding:
    """Return the finding as a warning where it is on the name of a component that a step takes by its file.

    The step's component is anonymous, whatever its name (azure-ai-ml, ``AnonymousCommandComponentSchema``);
    only ``az ml component create`` refuses the file.
    """
    if spec.kind != "component" or finding.rule != WRONG_VALUE.id or finding.severity != ERROR:
        return finding
    name = spec.below("name").finding(WRONG_VALUE.id, "")
    if (finding.line, finding.column) != (name.line, name.column):
        return finding
    if spec.document.path not in project.referenced:
        return finding
    return replace(finding, severity=WARNING, message=f"{finding.message}; az ml component create refuses it")


def _spec_findings(spec: Spec, component: Component | None) -> Iterator[Finding]:
    errors = validate(spec.kind, _with_trigger_type(_with_step_types(spec.value, component)))
    errors = [each for each in errors if not _is_unfilled(each)]
    if errors and (other := _fitting_kind(spec)):
        message = f"the $schema says '{spec.kind}', but the keys are those of the kind '{other}'"
        yield spec.below("$schema").finding(WRONG_VALUE.id, message)
        return
    errors, lost = lost_indents(errors, spec.data)
    remaining, meant = explain_missing_keys(errors)
    for error in remaining:
        if key := _misplaced(spec, error):
            text = f"'{key[-1]}' is indented too far: move it out of '{key[-2]}'"
            yield spec.below(*key).finding(UNKNOWN_KEY.id, text, key=True)
            continue
        rule, place = error.rule, error.place
        text = message_for(error, spec.document, meant.get(place))
        if error in lost:
            text = f"'{place[-1]}' is indented too little: move it into '{lost[error]}'"
        at, is_key = spec.below(*place), rule in (UNKNOWN_KEY, MISSING_KEY)
        fix = at.fix(replacement(error, meant.get(place)), key=rule is UNKNOWN_KEY)
        yield at.finding(rule.id, text, key=is_key, fix=fix)


def _misplaced(spec: Spec, error: SchemaError) -> Pointer | None:
    """Return the place of the mapping, indented too far, that an error stands in; or None."""
    for at, (outer, key) in enumerate(pairwise(error.place)):
        if error.place[at - 1 : at] == ("jobs",):
            continue  # the keys of jobs are names of steps
        holder = mapping(spec.document.get(error.place[:at]))
        if misplaced(holder, str(key)) == (outer, key):
            return error.place[: at + 2]
    return None


def _is_unfilled(error: SchemaError) -> bool:
    return error.rule in (WRONG_TYPE, WRONG_VALUE) and is_placeholder(error.value)


def _fitting_kind(spec: Spec) -> str | None:
    """Return the kind that a spec with a wrong ``$schema`` fits without an error, or None."""
    if "$schema" not in spec.data or spec.kind.endswith("endpoint"):  # endpoints have one shape
        return None
    other = kind_by_shape({key: value for key, value in spec.data.items() if key != "$schema"})
    return other if other not in (spec.kind, None) and not validate(other, spec.value) else None


def _with_trigger_type(data: object) -> object:
    """Return the data with the type that a trigger's keys belong to: ``schedule-trigger`` tells."""
    trigger = mapping(mapping(data).get("trigger"))
    meant = meant_trigger(trigger)
    if meant is None or str(trigger["type"]).lower() not in KEYS_OF_TRIGGERS:
        return data
    return {**mapping(data), "trigger": {**trigger, "type": meant}}


def _with_step_types(data: JSON, component: Component | None) -> object:
    """Return the data with each step's missing or wrong ``type`` as it is meant: ``step-type`` tells.

    A step without a type whose component is not known here has the one that fits best.
    """
    if component is None or not component.steps or not isinstance(data, dict):
        return data
    jobs = dict(data["jobs"])
    for name, step in component.steps.items():
        if "type" not in step.data and step.component is None and step.reference:
            jobs[name] = min(
                _of_every_type(step.data), key=lambda each: len(validate("job", _only(name, each)))
            )
        elif "type" not in step.data or step.type != step.meant_type:
            jobs[name] = {**step.data, "type": step.meant_type}
    return {**data, "jobs": jobs}


def _of_every_type(step: dict) -> list[dict]:
    return [{**step, "type": name} for name in KEYS_OF_TYPES]


def _only(name: str, step: dict) -> dict:
    """Return a pipeline of one step."""
    return {"type": "pipeline", "jobs": {name: step}}
