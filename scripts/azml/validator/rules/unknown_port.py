"""An input or output given to a component that does not have it: Azure ML drops it silently.

Bad:
    component: ./train.yml          # its input is learning_rate
    inputs:
      learning_rte: 0.1

Fix: use a name that the component declares.

Source: azure-ai-ml entities/_builders/base_node.py: unknown inputs are left out of the request.
"""

from collections.abc import Iterator

from azml.spec.component import is_readable, mapping
from azml.spec.finding import Finding, did_you_mean
from azml.spec.project import Project
from azml.validator.contracts import Call, calls, named

ID = "unknown-port"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each given name that the component does not declare."""
    for call in calls(project):
        if not call.is_inline_trial:
            yield from _unknown(call, "inputs")
            yield from _unknown(call, "outputs")


def _unknown(call: Call, kind: str) -> Iterator[Finding]:
    component, ports = call.component, getattr(call.component, kind)
    # A name that the component itself uses lacks its declaration there: undeclared-in-command says so.
    missing_there = named(component, kind)
    for name in mapping(call.data.get(kind)):
        if call.knows(name, ports) or name in missing_there or not is_readable(component.data, kind):
            continue
        message = f"the component {component.name} has no {kind[:-1]} '{name}'{did_you_mean(name, ports)}"
        place = (*component.pointer, kind) if kind in component.data else component.pointer
        related = (component.document.related(f"its {kind}", place),)
        yield call.document.finding(ID, message, (*call.pointer, kind, name), key=True, related=related)
