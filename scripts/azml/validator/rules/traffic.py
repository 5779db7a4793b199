"""Traffic of an endpoint that cannot be split so: more than 100 percent, or a mirror above 50.

Bad:
    traffic:
      blue: 80
      green: 30

Fix: let the shares sum to 100; mirror at most 50 percent to one deployment.

Source: azure-ai-ml _schema/_endpoint/online/online_endpoint.py;
https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints (mirror traffic).
"""

from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.finding import Finding
from azml.validator.specs import SpecProject

ID = "traffic"

_LIMITS = {"traffic": 100, "mirror_traffic": 50}


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every traffic block that sums to too much."""
    for document, kind in project.specs:
        for key, most in _LIMITS.items() if kind == "online_endpoint" else ():
            shares = mapping(mapping(document.data).get(key))
            total = sum(each for each in shares.values() if isinstance(each, int))
            if total > most:
                message = f"{key} sums to {total} percent; at most {most} is possible"
                yield document.finding(ID, message, (key,), key=True)
