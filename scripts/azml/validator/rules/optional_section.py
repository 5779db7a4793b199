"""Optional inputs outside of ``$[[ ]]``, required ones inside, and brackets that are not closed.

Bad:
    inputs:
      seed: {type: integer, optional: true}
    command: python train.py --seed ${{inputs.seed}}

Fix: ``$[[--seed ${{inputs.seed}}]]`` for optional inputs, and only for those.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline, "Define
optional inputs"; https://github.com/Azure/azure-sdk-for-python/issues/26253 (the service's refusal).
"""

from collections.abc import Iterator

from azml.spec.binding import INPUT, find_bindings, find_sections
from azml.spec.component import Component
from azml.spec.document import Pointer
from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.spec.scope import finding_at, run_texts

ID = "optional-section"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each binding on the wrong side of the brackets, and at brackets left open."""
    for component in list(project.components.values()):
        for pointer, value in run_texts(component):
            if isinstance(value, str) and pointer[-1] in ("command", "program_arguments", "args"):
                yield from _check_text(component, pointer, value)


def _check_text(component: Component, pointer: Pointer, value: str) -> Iterator[Finding]:
    sections = list(find_sections(value))
    opened = [place for place in range(len(value)) if value.startswith("$[[", place)]
    if len(opened) > len(sections):
        start = next((at for at in opened if at not in {each.start for each in sections}), opened[0])
        index = value[:start].count("$[[")
        message = "this $[[ is never closed with ]]"
        yield finding_at(component.document, ID, message, pointer, "$[[", index)
        return
    for binding in find_bindings(value):
        port = component.inputs.get(binding.name) if binding.scope == INPUT else None
        inside = any(each.start < binding.start < each.end for each in sections)
        if port is None or not isinstance(port.data, dict) or component.is_job or port.optional == inside:
            continue
        message = f"the input '{port.name}' is "
        message += "required: it stands outside of $[[ ]]" if inside else "optional: put it inside $[[ ]]"
        related = (port.document.related("declared here", port.pointer),)
        index = value[: binding.start].count(binding.text)
        yield finding_at(component.document, ID, message, pointer, binding.text, index, related=related)
