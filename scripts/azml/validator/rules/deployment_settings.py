"""Deployment settings that contradict each other, or one that needs another.

Bad:
    code_configuration:
      code: ./scoring

Fix: name the scoring_script too; drop output_file_name with summary_only; scale managed endpoints by the
default settings or Azure Monitor, not by target_utilization.

Source: azure-ai-ml entities/_deployment/ (code_configuration.py, online_deployment.py, batch_deployment.py).
"""

from azml.core.kinds import schema_name
from azml.core.values import mapping
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import Spec

RULE = Rule("deployment-settings")


def check_spec(spec: Spec) -> Findings:
    if not spec.kind.endswith("deployment"):
        return
    if list(mapping(spec.data.get("code_configuration"))) == ["code"]:
        message = "code_configuration has no scoring_script"
        yield error(message, spec, "code_configuration", key=True)
    is_kubernetes = "kubernetes" in f"{schema_name(spec.document)} {spec.data.get('type')}".lower()
    scale = mapping(spec.data.get("scale_settings"))
    if scale.get("type") == "target_utilization" and not is_kubernetes:
        message = "managed deployments do not support target_utilization; use Azure Monitor autoscale"
        yield error(message, spec, "scale_settings", "type")
    for path in ((), ("settings",)):
        settings = mapping(spec.document.get(path))
        if settings.get("output_action") == "summary_only" and "output_file_name" in settings:
            message = "summary_only writes no output file; remove output_file_name"
            yield error(message, spec, *path, "output_file_name", key=True)
