"""Deployment settings that contradict each other, or one that needs another.

Bad:
    code_configuration:
      code: ./scoring

Fix: name the scoring_script too; drop output_file_name with summary_only; scale managed endpoints by the
default settings or Azure Monitor, not by target_utilization; let a request take 180 seconds at most (300 on
Kubernetes).

Source: azure-ai-ml entities/_deployment/ (code_configuration.py, online_deployment.py, batch_deployment.py);
https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas, "online endpoints"
"""

from azml.core.kinds import schema_name
from azml.core.values import mapping
from azml.validator.findings import Findings, error
from azml.validator.literals import to_number
from azml.validator.rule import Rule
from azml.validator.specs import Spec

RULE = Rule("deployment-settings")

_MOST_MILLISECONDS = {False: 180_000, True: 300_000}  # by whether it is Kubernetes


def check_spec(spec: Spec) -> Findings:
    if not spec.kind.endswith("deployment"):
        return
    if list(mapping(spec.data.get("code_configuration"))) == ["code"]:
        if "scoring_script" in spec.data:
            yield error("move it into 'code_configuration'", spec, "scoring_script", key=True)
        else:
            yield error("code_configuration has no scoring_script", spec, "code_configuration", key=True)
    is_kubernetes = "kubernetes" in f"{schema_name(spec.document)} {spec.data.get('type')}".lower()
    timeout = to_number(mapping(spec.data.get("request_settings")).get("request_timeout_ms"))
    if timeout is not None and timeout > (most := _MOST_MILLISECONDS[is_kubernetes]):
        message = f"a request may take {most} ms at most, not {timeout:.0f}"
        yield error(message, spec, "request_settings", "request_timeout_ms")
    scale = mapping(spec.data.get("scale_settings"))
    if scale.get("type") == "target_utilization" and not is_kubernetes:
        message = "managed deployments do not support target_utilization; use Azure Monitor autoscale"
        yield error(message, spec, "scale_settings", "type")
    for path in ((), ("settings",)):
        settings = mapping(spec.document.get(path))
        if settings.get("output_action") == "summary_only" and "output_file_name" in settings:
            message = "summary_only writes no output file; remove output_file_name"
            yield error(message, spec, *path, "output_file_name", key=True)
