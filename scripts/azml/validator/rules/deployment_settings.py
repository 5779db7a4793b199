"""Settings of a deployment that contradict each other or lack their other half.

Bad:
    code_configuration:
      code: ./scoring

Fix: name the scoring_script too; leave out output_file_name with summary_only; managed endpoints scale by
default settings or Azure Monitor, not by target_utilization.

Source: azure-ai-ml entities/_deployment/ (code_configuration.py, online_deployment.py, batch_deployment.py).
"""

from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.document import Document
from azml.spec.finding import Finding
from azml.spec.kind import schema_name
from azml.validator.specs import SpecProject

ID = "deployment-settings"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every such setting."""
    for document, kind in project.specs:
        if kind.endswith("deployment") and isinstance(document.data, dict):
            yield from _check(document, document.data)


def _check(document: Document, data: dict) -> Iterator[Finding]:
    code = data.get("code_configuration")
    if isinstance(code, dict) and "code" in code and "scoring_script" not in code and len(code) == 1:
        message = "code without a scoring_script: name the script that scores"
        yield document.finding(ID, message, ("code_configuration",), key=True)
    scale = mapping(data.get("scale_settings")).get("type")
    least, most = (mapping(data.get("scale_settings")).get(f"{end}_instances") for end in ("min", "max"))
    if isinstance(least, int) and isinstance(most, int) and least > most:
        message = f"min_instances ({least}) is above max_instances ({most})"
        yield document.finding(ID, message, ("scale_settings", "min_instances"))
    managed = "kubernetes" not in (schema_name(document) or "").lower() and data.get("type") != "kubernetes"
    if scale == "target_utilization" and managed:
        message = "a managed deployment does not scale by target_utilization; use Azure Monitor autoscale"
        yield document.finding(ID, message, ("scale_settings", "type"))
    for pointer in ((), ("settings",)):
        settings = mapping(document.get(pointer))
        if settings.get("output_action") == "summary_only" and "output_file_name" in settings:
            message = "with summary_only there is no output file: leave output_file_name out"
            yield document.finding(ID, message, (*pointer, "output_file_name"), key=True)
