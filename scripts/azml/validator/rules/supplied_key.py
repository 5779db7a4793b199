"""A key that the file leaves to the command line: without it there, Azure ML refuses the spec.

Bad:
    $schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
    name: blue
    model: azureml:churn:3

Fix: write endpoint_name into the file, or pass --endpoint-name.

Source: https://learn.microsoft.com/cli/azure/ml (options that stand in for keys); azure-ai-ml _schema/.
"""

from collections.abc import Iterator

from azml.spec.finding import WARNING, Finding, nearest
from azml.validator.kinds import index
from azml.validator.specs import SpecProject

ID = "supplied-key"

# Azure ML finds a version by itself; a job's name too.
_FOUND_BY_SERVICE = {"version"}


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a warning for every such key; a file that another one refers to needs none."""
    referenced = project.referenced
    for document, kind in project.specs:
        if kind == "job" or document.path in referenced or not isinstance(document.data, dict):
            continue
        for key in index()[kind]["supplied"]:
            if key in _FOUND_BY_SERVICE or key in document.data or nearest(key, document.data):
                continue
            option = f"--{key.replace('_', '-')}"
            message = f"the key '{key}' is missing: the command line must give it as {option}"
            yield document.finding(ID, message, severity=WARNING)
