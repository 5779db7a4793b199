"""A name of an asset, resource or experiment with characters that Azure ML refuses.

Bad:
    $schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
    name: blue_1

Fix: use only the characters that the message lists.

Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
(Microsoft.MachineLearningServices); azure-ai-ml _schema/core/fields.py and entities/_deployment/; the
service on jobs: https://learn.microsoft.com/rest/api/azureml/jobs/create-or-update ("id"), on experiments: https://github.com/Azure/azure-sdk-for-python/issues/40080
"""

import re

from azml.validator.findings import Findings, error
from azml.validator.placeholders import OPEN
from azml.validator.rule import Rule
from azml.validator.specs import Spec

RULE = Rule("invalid-name")

_LETTER_FIRST = "{} to 32 letters, digits and dashes, starting with a letter"
_RUN = (r"[A-Za-z0-9][\w\-]{0,255}", "letters, digits, dashes and underscores, not starting with - or _")
_ASSET = (r"[A-Za-z0-9][\w.\-]{0,254}", "at most 255 letters, digits, underscores, dashes and dots")
_SERVING = (r"[A-Za-z](?=.{2,31}$)[A-Za-z0-9-]*[A-Za-z0-9]", _LETTER_FIRST.format(3))
_NAMES = {
    **dict.fromkeys(("environment", "data", "model"), _ASSET),
    "job": _RUN,
    "compute": (r"[A-Za-z][A-Za-z0-9-]{1,31}", _LETTER_FIRST.format(2)),
    "datastore": (r"[a-z0-9_]{1,255}", "lowercase letters, digits and underscores"),
}


def check_spec(spec: Spec) -> Findings:
    serving = _SERVING if spec.kind.endswith(("endpoint", "deployment")) else None
    for key, rule in (("name", _NAMES.get(spec.kind, serving)), ("experiment_name", _RUN)):
        name = spec.data.get(key)
        if rule and isinstance(name, str) and not OPEN.search(name):
            pattern, words = rule
            if not re.fullmatch(pattern, name, re.ASCII):
                yield error(f"'{name}' is not a valid name here; use {words}", spec, key)
