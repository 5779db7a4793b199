"""A folder bound to an input declared as a file, or a file to one declared as a folder.

Bad:
    inputs:
      customers: ${{parent.jobs.prepare.outputs.train_data}}    # uri_folder into uri_file

Fix: declare both with the same type; it decides whether the script gets the path of a folder or of a file.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline; Azure ML
does not refuse it, the script usually fails: https://github.com/Azure/azureml-examples/issues/1374
"""

from azml.core.bindings import resolve
from azml.core.components import DATA_TYPES
from azml.core.expressions import whole_binding
from azml.core.finding import WARNING
from azml.core.values import mapping
from azml.validator.dataflow import Call, Given, text_of
from azml.validator.findings import Findings, see, warning
from azml.validator.rule import Rule

RULE = Rule("file-or-folder", severity=WARNING, is_consequence=True)


def check_given(given: Given) -> Findings:
    is_declared = given.source is None or "type" in mapping(given.source.data)
    # A file given to a folder by its path, without a binding, arrives as the file's folder.
    counts = given.binding or given.type != "uri_file"
    if is_declared and counts and _differ(given.type, given.port.type):
        message = f"this is a {given.type}, but the input '{given.port.name}' is a {given.port.type}"
        yield warning(message, given, related=see("declared here", given.port))


def check_call(call: Call) -> Findings:
    for name, value in call.given("outputs").items():
        port, binding = call.component.outputs.get(name), whole_binding(text_of(value))
        target = resolve(call.pipeline, binding) if call.pipeline and binding else None
        if port and binding and target and "type" in mapping(target.data) and _differ(port.type, target.type):
            message = f"the output '{name}' is a {port.type}, but {binding.text} is a {target.type}"
            place = ("outputs", name, "path") if isinstance(value, dict) else ("outputs", name)
            yield warning(message, call, *place, related=see("declared here", port))


def _differ(given: str | None, wanted: str | None) -> bool:
    return given in DATA_TYPES and wanted in DATA_TYPES and (given == "uri_file") != (wanted == "uri_file")
