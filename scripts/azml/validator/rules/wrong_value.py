"""A value that is not allowed: an unknown word, a number out of range, a wrong format.

Bad:
    type: uri_folders

Fix: use an allowed value. An unknown ``$schema`` is a warning: only editors read it.

Source: the field classes of azure-ai-ml (_schema/).
"""

from azml.core.finding import did_you_mean
from azml.core.kinds import NAMES, kind_of, known_name, schema_name
from azml.core.place import Place
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.specs import Spec, SpecProject

RULE = Rule("wrong-value", precedence=2)

_NAMES = [name for names in NAMES.values() for name in names]

# The rest is found by the JSON Schema of the spec's kind.


def check_project(project: SpecProject) -> Findings:
    for document in project.documents:
        name, place = schema_name(document), Place(document, ("$schema",))
        is_table = str(name).lower() == "mltable"  # read as a part of data
        if name and not is_table and "azuremlschemas" in place.text and kind_of(document) is None:
            message = f"Azure ML has no schema '{name}', so what this file is cannot be told"
            yield warning(f"{message}{did_you_mean(name, _NAMES)}", place.word(name))


def check_spec(spec: Spec) -> Findings:
    name = schema_name(spec.document)
    if not name and "$schema" in spec.data:
        yield warning("this is not a schema of Azure ML; editors will not know the keys", spec, "$schema")
    if not name:
        return
    meant = known_name(name)
    if meant and meant.lower() != name.lower():
        yield warning(f"Azure ML has no schema '{name}'; did you mean '{meant}'?", spec, "$schema", text=name)
    elif spec.kind == "component" and kind_of(spec.document) == "job":
        message = f"a step uses this file as a component, but the $schema is that of a job ({name})"
        yield warning(message, spec, "$schema", text=name)
