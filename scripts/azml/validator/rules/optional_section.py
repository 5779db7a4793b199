"""An optional input outside ``$[[ ]]``, a required one inside, or unclosed brackets.

Bad:
    inputs:
      seed: {type: integer, optional: true}
    command: python train.py --seed ${{inputs.seed}}

Fix: write ``$[[--seed ${{inputs.seed}}]]`` for optional inputs, and only for those.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline, "Define
optional inputs"; https://github.com/Azure/azure-sdk-for-python/issues/26253 (the service's refusal).
"""

from azml.core.components import Component
from azml.core.expressions import INPUT, find_bindings, find_sections
from azml.core.place import Place
from azml.core.scopes import run_texts
from azml.validator.findings import Findings, error, see
from azml.validator.rule import Rule

RULE = Rule("optional-section")


def check_component(component: Component) -> Findings:
    for pointer, value in run_texts(component):
        if isinstance(value, str) and pointer[-1] in ("command", "program_arguments", "args"):
            yield from _check_text(component, Place(component.document, pointer))


def _check_text(component: Component, place: Place) -> Findings:
    text, sections = place.text, list(find_sections(place.text))
    closed = {each.start for each in sections}
    opened = [at for at in range(len(text)) if text.startswith("$[[", at)]
    if len(opened) > len(closed):
        start = next((at for at in opened if at not in closed), opened[0])
        yield error("this $[[ is never closed with ]]", place, text="$[[", at=start)
        return
    for binding in find_bindings(text) if not component.is_job else ():
        port = component.inputs.get(binding.name) if binding.scope == INPUT else None
        inside = any(each.start < binding.start < each.end for each in sections)
        if port and isinstance(port.data, dict) and port.optional != inside:
            side = "required; move it out of $[[ ]]" if inside else "optional; put it inside $[[ ]]"
            message = f"the input '{port.name}' is {side}"
            part = place.part(binding.start, binding.end)
            yield error(message, part, related=see("declared here", port))
