"""A folder bound to what is declared as a file, or a file to what is declared as a folder. A warning.

Bad:
    inputs:
      customers: ${{parent.jobs.prepare.outputs.train_data}}    # uri_folder into uri_file

Fix: declare both the same; the path that the script receives is a folder's, or a file's.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline; Azure ML
does not refuse it, the script usually fails: https://github.com/Azure/azureml-examples/issues/1374
"""

from collections.abc import Iterator

from azml.spec.binding import whole_binding
from azml.spec.component import DATA_TYPES, Port, mapping
from azml.spec.finding import WARNING, Finding
from azml.spec.project import Project, resolve
from azml.validator.contracts import Call, calls, given_inputs

ID = "file-or-folder"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each binding of a file to a folder, or of a folder to a file."""
    for given in given_inputs(project):
        declared = given.source is None or "type" in mapping(given.source.data)
        # A file given to a folder by its path, without a binding, arrives as the file's folder.
        if declared and _differ(given.type, given.port.type) and (given.binding or given.type != "uri_file"):
            message = f"this is a {given.type}; the input '{given.port.name}' is a {given.port.type}"
            related = (given.port.document.related("declared here", given.port.pointer),)
            yield given.document.finding(ID, message, given.pointer, severity=WARNING, related=related)
    for call in calls(project):
        for name, value in mapping(call.data.get("outputs")).items():
            if call.pipeline and (port := call.component.outputs.get(name)):
                yield from _check_output(call, value, port)


def _check_output(call: Call, value: object, port: Port) -> Iterator[Finding]:
    binding = whole_binding(value.get("path") if isinstance(value, dict) else value)
    target = resolve(call.pipeline, binding) if binding else None
    if target and "type" in mapping(target.data) and _differ(port.type, target.type):
        message = f"the output '{port.name}' is a {port.type}; {binding.text} is a {target.type}"
        related = (port.document.related("declared here", port.pointer),)
        place = (*call.pointer, "outputs", port.name, *(("path",) if isinstance(value, dict) else ()))
        yield call.document.finding(ID, message, place, severity=WARNING, related=related)


def _differ(given: str | None, wanted: str | None) -> bool:
    return given in DATA_TYPES and wanted in DATA_TYPES and (given == "uri_file") != (wanted == "uri_file")
