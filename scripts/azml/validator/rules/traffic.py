"""Endpoint traffic above 100 percent, or mirrored traffic above 50 percent.

Bad:
    traffic:
      blue: 80
      green: 30

Fix: make the shares add up to 100; mirror at most 50 percent to one deployment.

Source: azure-ai-ml _schema/_endpoint/online/online_endpoint.py;
https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints (mirror traffic).
"""

from azml.core.values import mapping
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import Spec

RULE = Rule("traffic")


def check_spec(spec: Spec) -> Findings:
    for key, most in (("traffic", 100), ("mirror_traffic", 50)):
        total = sum(each for each in mapping(spec.data.get(key)).values() if isinstance(each, int))
        if spec.kind == "online_endpoint" and total > most:
            yield error(f"{key} adds up to {total} percent; the maximum is {most}", spec, key, key=True)
