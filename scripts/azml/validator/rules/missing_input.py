"""A required input that is not given: it has no default and is not optional.

Bad:
    component: ./train.yml          # requires train_data
    inputs:
      learning_rate: 0.1

Fix: give the input, or declare a default for it.

Source: azure-ai-ml entities/_builders/base_node.py, _validate_inputs.
"""

from collections.abc import Iterator

from azml.spec.component import is_readable
from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.validator.contracts import Call, calls, excused

ID = "missing-input"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at the inputs (or the step) that lack a required one."""
    for call in calls(project):
        if not call.is_inline_trial and is_readable(call.data, "inputs"):
            yield from _missing(call)


def _missing(call: Call) -> Iterator[Finding]:
    ports = call.component.inputs
    unknown = [str(name) for name in call.given if not call.knows(name, ports)]
    explained = excused(unknown, (name for name in ports if name not in call.given))
    place = (*call.pointer, "inputs") if call.data.get("inputs") else call.pointer
    for name, port in ports.items():
        given = any(call.knows(str(each).split(".")[0], {name: port}) for each in call.given)
        if port.required and port.type != "group" and not given and name not in explained:
            message = f"the required input '{name}' of the component {call.component.name} is not given"
            related = (port.document.related("declared here", port.pointer),)
            yield call.document.finding(ID, message, place, key=True, related=related)
