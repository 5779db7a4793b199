"""An input or output that the component does not declare: Azure ML drops it silently.

Bad:
    component: ./train.yml          # its input is learning_rate
    inputs:
      learning_rte: 0.1

Fix: use a name that the component declares.

Source: azure-ai-ml entities/_builders/base_node.py: unknown inputs are left out of the request.
"""

from azml.core.components import COMPONENT_KEYS, is_readable
from azml.core.finding import did_you_mean, nearest
from azml.validator.dataflow import Call, named
from azml.validator.findings import Findings, error, put, see
from azml.validator.rule import Rule

RULE = Rule("unknown-port")


def check_call(call: Call) -> Findings:
    if call.is_foreign:
        key = next(key for key in ("job", *COMPONENT_KEYS) if key in call.data)
        known = did_you_mean("", call.component.inputs)
        message = f"the component {call.component.name} declares none of the given inputs{known}"
        yield error(message, call, key, related=see("its inputs", call.component))
    elif not call.is_inline_trial:
        yield from _unknown(call, "inputs")
        yield from _unknown(call, "outputs")


def _unknown(call: Call, kind: str) -> Findings:
    component, ports = call.component, getattr(call.component, kind)
    # A name that the component itself uses is missing there: undeclared-in-command says so.
    missing_there = named(component, kind)
    for name in call.given(kind) if is_readable(component.data, kind) else ():
        if not call.knows(name, ports) and name not in missing_there:
            what = "job" if component.is_job else "component"
            message = f"the {what} {component.name} has no {kind[:-1]} '{name}'{did_you_mean(name, ports)}"
            related = see(f"its {kind}", component, *([kind] if kind in component.data else []))
            fix = put(nearest(name, ports), call, kind, name, key=True)
            yield error(message, call, kind, name, key=True, related=related, fix=fix)
