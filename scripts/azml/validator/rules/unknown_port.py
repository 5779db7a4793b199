"""An input or output that the component does not declare: Azure ML drops it silently.

Bad:
    component: ./train.yml          # its input is learning_rate
    inputs:
      learning_rte: 0.1

Fix: use a name that the component declares. An input that is like none of its names is a warning: without it
the job runs all the same.

Source: azure-ai-ml entities/_builders/base_node.py: unknown inputs are left out of the request.
"""

import os
from pathlib import Path

from azml.core.components import COMPONENT_KEYS, is_readable, misplaced
from azml.core.finding import Finding, did_you_mean, nearest
from azml.validator.dataflow import Call, calls, named
from azml.validator.findings import Findings, error, put, see, warning
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("unknown-port")


def check_project(project: SpecProject) -> Findings:
    for call in calls(project):
        given, component = call.given("inputs"), call.component
        known = sum(call.knows(name, component.inputs) for name in given)
        is_odd = 2 * known < len(given) > 1 and is_readable(component.data, "inputs")
        fitting = _fitting(call, project) if is_odd else None
        if call.is_foreign or (fitting and not call.is_inline_trial):
            yield _another(call, known, fitting)
        elif not call.is_inline_trial:
            yield from _unknown(call, "inputs")
            yield from _unknown(call, "outputs")


def _another(call: Call, known: int, fitting: str | None) -> Finding:
    key = next(key for key in ("job", *COMPONENT_KEYS) if key in call.data)
    hint = (
        f"; {fitting} {'declares all' if known else 'does'}"
        if fitting
        else did_you_mean("", call.component.inputs)
    )
    share = f"only {known} of the {len(call.given('inputs'))}" if known else "none of the"
    message = f"the component {call.component.name} declares {share} given inputs{hint}"
    return error(message, call, key, related=see("its inputs", call.component), fix=put(fitting, call, key))


def _fitting(call: Call, project: SpecProject) -> str | None:
    """Return the path of the one component here that declares what is given, None if there is not one."""
    folder = call.document.path.parent
    kinds = ("inputs", "outputs")
    fitting = {
        os.path.relpath(each.document.path, folder)
        for each in project.components.values()
        if not each.pointer and not each.is_job
        if all(call.given(kind).keys() <= getattr(each, kind).keys() for kind in kinds)
    }
    return f"./{Path(fitting.pop()).as_posix()}" if len(fitting) == 1 else None


def _unknown(call: Call, kind: str) -> Findings:
    component, ports = call.component, getattr(call.component, kind)
    # A name that the component itself uses is missing there: undeclared-in-command says so.
    missing_there = named(component, kind)
    for name in call.given(kind) if is_readable(component.data, kind) else ():
        if misplaced(call.data, name):
            message = f"'{name}' is indented too far: move it out of '{kind}'"
            yield error(message, call, kind, name, key=True)
        elif not call.knows(name, ports) and name not in missing_there:
            what = "job" if component.is_job else "component"
            hint = did_you_mean(name, ports, _not_given(call, kind))
            message = f"the {what} {component.name} has no {kind[:-1]} '{name}'{hint}"
            related = see(f"its {kind}", component, *([kind] if kind in component.data else []))
            meant = nearest(name, ports)
            fix = put(meant, call, kind, name, key=True)
            is_left_out = kind == "inputs" and meant is None and not component.is_job
            if is_left_out and not _not_given(call, kind):
                message += "; Azure ML leaves it out"
                yield warning(message, call, kind, name, key=True, related=related)
                continue
            yield error(message, call, kind, name, key=True, related=related, fix=fix)


def _not_given(call: Call, kind: str) -> list[str]:
    """Return the inputs that the call has to give and does not, or the outputs that it says nothing of."""
    ports = getattr(call.component, kind).values()
    return [
        each.name
        for each in ports
        if each.name not in call.given(kind) and (each.required or kind != "inputs")
    ]
