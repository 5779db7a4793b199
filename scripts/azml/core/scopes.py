"""Which bindings a text may hold where it stands, and what is wrong with those it holds.

A step's own fields are bound to its pipeline (``parent.``); what runs (a command, its arguments) knows
only the inputs and outputs of the component it belongs to.
"""

from collections.abc import Callable, Iterator
from functools import partial

from .components import Component, Port, misplaced, misspelt
from .document import Document, Pointer
from .expressions import INPUT, OUTPUT, PARENT_OUTPUT, SEARCH_SPACE, Binding, find_bindings, find_malformed
from .finding import NEARLY_THE_SAME, Finding, did_you_mean, nearest, put_near
from .place import Place
from .rule_ids import MALFORMED_BINDING, UNDECLARED_IN_COMMAND
from .values import mapping

# Keys whose texts are for people or identify the spec: nothing is rendered there.
_PROSE = {"$schema", "name", "version", "display_name", "description", "tags", "properties", "comment"}
# Keys of a step that belong to its component: an inline step's own, or what a step overrides.
RUN_KEYS = {"command", "task", "args", "input_data", "output_data", "append_row_to"}
# Filled in by the service: https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax,
# "Default output" and schedules.
_PLACEHOLDERS = {"name", "output_name", "default_datastore", "creation_context"}

Judge = Callable[[Binding], str | None]


def check_scopes(component: Component) -> Iterator[Finding]:
    """Yield what is wrong with the bindings in what a component runs and in the fields of its steps."""
    for step in component.steps.values():
        # training_data is not a misspelling of input_data.
        meant = {key for key in step.data if nearest(key, RUN_KEYS, NEARLY_THE_SAME)}
        skip = {*RUN_KEYS, "component", "trial", *meant}
        for pointer, value in _texts(step.document, step.pointer, step.data, skip):
            keys = pointer[len(step.pointer) :]
            if len(keys) > 2 and misplaced(step.data, str(keys[1])) == keys[:2]:
                continue  # where it belongs is told once
            judge = partial(_judge_step, keys=keys)
            yield from _check_text(step.document, pointer, value, judge)
    for kind in ("inputs", "outputs") if component.is_job and not component.pointer else ():
        for pointer, value in component.document.scalars((kind,)):
            yield from _check_text(component.document, pointer, value, _judge_job)
    is_step_trial = component.pointer[-1:] == ("trial",) and not is_trial_of_job(component)
    judge_run = partial(_judge_run, is_step_trial=is_step_trial)
    for pointer, value in run_texts(component):
        yield from _check_text(component.document, pointer, value, judge_run)
        yield from _check_declared(component, pointer, value)


def run_texts(component: Component) -> Iterator[tuple[Pointer, object]]:
    """Yield (pointer, value) of every scalar of a component that may name its own inputs and outputs."""
    if component.type in ("pipeline", "sweep"):
        return
    is_step = component.pointer[-2:-1] == ("jobs",)
    keep = RUN_KEYS if is_step else set(component.data) - {"inputs", "outputs", "jobs"}
    yield from _texts(component.document, component.pointer, component.data, set(component.data) - keep)


def scope_of(component: Component, scope: str) -> dict[str, object]:
    """Return the names that ``inputs.`` or ``outputs.`` stands for in what a component runs.

    The trial of a sweep job also sees the inputs and outputs of its sweep.
    """
    ports: dict[str, object] = dict(component.inputs if scope == INPUT else component.outputs)
    if is_trial_of_job(component):
        ports |= mapping(mapping(component.document.get(component.pointer[:-1])).get(scope))
    return ports


def is_trial_of_job(component: Component) -> bool:
    """Tell whether this is a trial written inside a sweep job: it shares the job's inputs and outputs.

    In a sweep step the trial is a component of its own (azure-ai-ml entities/_builders/sweep.py).
    """
    return component.pointer == ("trial",)


def is_known(name: str, ports: dict[str, object] | dict[str, Port]) -> bool:
    """Tell whether a dotted name begins with a port (``data.path``) or names a member of a group."""
    parts = name.split(".")
    heads = (".".join(parts[: count + 1]) for count in range(len(parts)))
    return any(head in ports for head in heads) or any(str(each).startswith(f"{name}.") for each in ports)


def _texts(
    document: Document, pointer: Pointer, data: dict, skip: set[str]
) -> Iterator[tuple[Pointer, object]]:
    for key in data:
        if key not in skip and key not in _PROSE:
            yield from document.scalars((*pointer, key))


def _check_text(document: Document, pointer: Pointer, value: object, judge: Judge) -> Iterator[Finding]:
    if not isinstance(value, str):
        return
    place = Place(document, pointer)
    for start, end in find_malformed(value):
        problem = f"{value[start:end]} is not a binding: Azure ML reads ${{{{...}}}} with two braces"
        part = place.part(start, end)
        right = f"${{{{{value[start:end].strip('$ {}()[]')}}}}}"
        yield part.finding(MALFORMED_BINDING, problem, fix=part.fix(right, is_safe=True))
    for binding in find_bindings(value):
        spaced = f"{binding.text} has a space inside the name; Azure ML does not read it as a binding"
        judged = spaced if _is_spaced(binding) else judge(binding)
        if judged:
            part, right = place.part(binding.start, binding.end), _other_scope(binding)
            fix = part.fix(right) if right in judged else None
            yield part.finding(MALFORMED_BINDING, judged, fix=fix)


def _other_scope(binding: Binding) -> str:
    """Return a binding with ``parent`` in front if it has none, else without it."""
    parts = binding.parts[1:] if binding.parts[0] == "parent" else ("parent", *binding.parts)
    return f"${{{{{'.'.join(parts)}}}}}"


def _judge_step(binding: Binding, keys: Pointer) -> str | None:
    """Judge a binding that stands at ``keys`` below a step."""
    if keys in (("code",), ("environment",)):
        return None  # no binding is read there: the rule malformed-binding says so
    if binding.parts[0] == "parent":
        return _judge_parent(binding, keys)
    if binding.scope == SEARCH_SPACE or keys[0] == "environment_variables":
        return None
    if binding.parts[0] in (INPUT, OUTPUT, "jobs") and len(binding.parts) > 1:
        right = _other_scope(binding)
        return f"{binding.text} lacks its 'parent.': a step is bound to its pipeline; write {right}"
    return _judge_other(binding, "parent.inputs.<name> or parent.jobs.<job>.outputs.<name>")


def _judge_parent(binding: Binding, keys: Pointer) -> str | None:
    if binding.scope == PARENT_OUTPUT and keys[0] == INPUT:
        return f"{binding.text}: an input is bound to a pipeline's input or a sibling's output"
    if binding.scope not in (PARENT_OUTPUT, None) and keys[0] == OUTPUT:
        return f"{binding.text}: an output is bound to an output of the pipeline, parent.outputs.<name>"
    control_flow = keys[0] in ("true_block", "false_block", "body", "condition")
    if binding.scope or (control_flow and binding.parts[1:2] == ("jobs",)):
        return None
    expected = "parent.inputs.<name>, parent.outputs.<name> or parent.jobs.<job>.outputs.<name>"
    scopes = [part for part in binding.parts[1::2] if part not in (INPUT, OUTPUT, "jobs")]
    hint = did_you_mean(scopes[0], (INPUT, OUTPUT, "jobs")) if scopes else ""
    return f"{binding.text} is not a binding; expected {expected}{hint}"


def _judge_run(binding: Binding, is_step_trial: bool) -> str | None:
    if binding.scope == SEARCH_SPACE and is_step_trial:
        right = f"${{{{inputs.{binding.name}}}}}"
        return f"{binding.text}: the trial of a sweep step declares it as an input; write {right}"
    if binding.scope in (INPUT, OUTPUT, SEARCH_SPACE):
        return None
    if binding.parts[0] == "parent":
        hint = f"; write {_other_scope(binding)}" if binding.parts[1:2] in (("inputs",), ("outputs",)) else ""
        return f"{binding.text}: a command knows only its own component's inputs and outputs{hint}"
    return _judge_other(binding, "inputs.<name> or outputs.<name>")


def _judge_job(binding: Binding) -> str | None:
    if binding.parts[0] == "parent":
        return f"{binding.text}: a job has no parent to be bound to; give a value"
    return None


def _judge_other(binding: Binding, expected: str) -> str | None:
    if len(binding.parts) == 1 and binding.name in _PLACEHOLDERS:
        return None
    return f"{binding.text} is not a binding; expected {expected}"


def _is_spaced(binding: Binding) -> bool:
    return any(space in binding.text[3:-2].strip() for space in " \t\n")


def _check_declared(component: Component, pointer: Pointer, value: object) -> Iterator[Finding]:
    for binding in find_bindings(value):
        if binding.scope not in (INPUT, OUTPUT) or _is_spaced(binding):
            continue
        known = scope_of(component, binding.scope)
        is_mapping = isinstance(component.data.get(binding.scope, {}), dict)  # else the schema says so
        if not is_known(binding.name, known) and is_mapping:
            yield _undeclared(component, Place(component.document, pointer), binding, known)


def _undeclared(component: Component, place: Place, binding: Binding, known: dict[str, object]) -> Finding:
    holder = component.pointer[:-1] if is_trial_of_job(component) else component.pointer
    scope, document = binding.parts[0], component.document
    if wrong := misspelt(mapping(document.get(holder)), scope):
        message = f"'{wrong}' is not known here; did you mean '{scope}'?"
        key = Place(document, (*holder, wrong))
        return key.finding(UNDECLARED_IN_COMMAND, message, key=True, fix=key.fix(scope, key=True))
    if found := misplaced(mapping(document.get(holder)), scope):
        message = f"'{found[1]}' is indented too far: move it out of '{found[0]}'"
        return Place(document, (*holder, *found)).finding(UNDECLARED_IN_COMMAND, message, key=True)
    what = scope.removesuffix("s")
    used = [each for _, value in run_texts(component) for each in find_bindings(value)]
    unused = set(known) - {each.name for each in used if each.scope == binding.scope}
    message = f"the {what} '{binding.name}' is not declared{did_you_mean(binding.name, known, unused)}"
    part = place.part(binding.start, binding.end)
    right = put_near(binding.text, binding.name, known)
    return part.finding(UNDECLARED_IN_COMMAND, message, fix=part.fix(right))
