"""The name of an asset, resource or experiment that Azure ML refuses.

Bad:
    $schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
    name: blue_1

Fix: use only the characters that the message lists.

Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
(Microsoft.MachineLearningServices); azure-ai-ml _schema/core/fields.py and entities/_deployment/; what the
service says of experiments: https://github.com/Azure/azure-sdk-for-python/issues/40080
"""

import re

from azml.validator.findings import Findings, error
from azml.validator.placeholders import OPEN
from azml.validator.rule import Rule
from azml.validator.specs import Spec

RULE = Rule("invalid-name")

_ASSET = (r"[A-Za-z0-9][\w.\-]{0,254}", "letters, digits, _, - and dots, at most 255")
_SERVING = (r"[A-Za-z](?=.{2,31}$)[A-Za-z0-9-]*[A-Za-z0-9]", "3 to 32 letters, digits and -, a letter first")
_NAMES = {
    **dict.fromkeys(("environment", "data", "model"), _ASSET),
    "compute": (r"[A-Za-z][A-Za-z0-9-]{1,31}", "2 to 32 letters, digits and -, a letter first"),
    "datastore": (r"[a-z0-9_]{1,255}", "lower-case letters, digits and _"),
}
_EXPERIMENT = (r"[A-Za-z0-9][\w\-]{0,255}", "letters, digits, - and _, a letter or digit first, at most 256")


def check_spec(spec: Spec) -> Findings:
    serving = _SERVING if spec.kind.endswith(("endpoint", "deployment")) else None
    for key, rule in (("name", _NAMES.get(spec.kind, serving)), ("experiment_name", _EXPERIMENT)):
        name = spec.data.get(key)
        if rule and isinstance(name, str) and not OPEN.search(name):
            pattern, words = rule
            if not re.fullmatch(pattern, name, re.ASCII):
                yield error(f"'{name}' cannot be a name here: {words}", spec, key)
