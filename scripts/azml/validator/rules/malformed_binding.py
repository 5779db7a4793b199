"""A binding with wrong braces, or with a scope that is not available where it is used.

Bad:
    inputs:
      data: ${{inputs.customers}}
      rate: ${parent.inputs.rate}
      trees: parent.inputs.trees

Fix: bind a step to its pipeline with ``${{parent.inputs.customers}}`` or
``${{parent.jobs.prepare.outputs.data}}``; in a command use its own ``${{inputs.data}}``.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax, "Binding inputs and
outputs"; azure-ai-ml _utils/utils.py, get_all_data_binding_expressions.
"""

import re

from azml.core.bindings import resolve
from azml.core.components import Step
from azml.core.expressions import find_bindings
from azml.core.paths import exists
from azml.core.rule_ids import MALFORMED_BINDING
from azml.validator.findings import Findings, error, put
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule(MALFORMED_BINDING, precedence=0)

_PLAIN = re.compile(r"\w[\w\-]*(\.[\w\-]+)+")

# The core finds wrong braces and scopes while it links the specs. Text without braces is passed on as it is.


# Azure ML takes these as they are; azure-ai-ml asks the service for an environment named '${{inputs.x}}-env'.
_FIXED = ("environment", "code", "component", "trial", "image", "conda_file")


def check_project(project: SpecProject) -> Findings:
    for key in _FIXED:
        for place in project.places(key):
            for binding in find_bindings(place.value):
                message = f"'{key}' cannot contain a binding: Azure ML uses the text as it is"
                yield error(message, place.part(binding.start, binding.end))


def check_step(step: Step) -> Findings:
    for pointer, value in step.pointers():
        keys = pointer[len(step.pointer) :]
        is_whole = keys[0] in ("inputs", "outputs") and keys[2:] in ((), ("path",))
        if is_whole and (meant := _meant(step, value)):
            message = f"without ${{{{ }}}} this is a plain string; write {meant}"
            yield error(message, step, *keys, fix=put(meant, step, *keys, is_safe=True))


def _meant(step: Step, text: object) -> str | None:
    """Return the binding that a plain text was meant to be: it says so itself, or it resolves."""
    if not isinstance(text, str) or not _PLAIN.fullmatch(text) or exists(step.document.path.parent / text):
        return None
    for prefix in ("", "parent.", "parent.jobs."):
        (binding,) = find_bindings(f"${{{{{prefix}{text}}}}}")
        is_said = not prefix and (binding.scope or "").startswith("parent.")
        if is_said or resolve(step.pipeline, binding):
            return binding.text
    return None
