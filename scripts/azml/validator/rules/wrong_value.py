"""A value that is not allowed: an unknown word, a number out of range, a wrong format.

Bad:
    type: uri_folders

Fix: use an allowed value. An unknown ``$schema`` is a warning: only editors read it.

Source: the field classes of azure-ai-ml (_schema/).
"""

from azml.core.kinds import kind_of, known_name, schema_name
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.specs import Spec

RULE = Rule("wrong-value", precedence=2)

# The rest is found by the JSON Schema of the spec's kind.


def check_spec(spec: Spec) -> Findings:
    name = schema_name(spec.document)
    if not name:
        return
    meant = known_name(name)
    if meant and meant.lower() != name.lower():
        yield warning(f"Azure ML has no schema '{name}'; did you mean '{meant}'?", spec, "$schema", text=name)
    elif spec.kind == "component" and kind_of(spec.document) == "job":
        message = f"a step uses this file as a component, but the $schema is that of a job ({name})"
        yield warning(message, spec, "$schema", text=name)
