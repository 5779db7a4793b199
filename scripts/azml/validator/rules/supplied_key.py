"""A required key that is missing in the file and must be given on the command line.

Bad:
    $schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json
    name: blue
    model: azureml:churn:3

Fix: add endpoint_name to the file, or pass --endpoint-name.

Source: https://learn.microsoft.com/cli/azure/ml (options that replace keys); azure-ai-ml _schema/.
"""

from azml.core.finding import WARNING, nearest
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.schema.bundle import index
from azml.validator.specs import SpecProject

RULE = Rule("supplied-key", severity=WARNING, is_consequence=True)


def check_project(project: SpecProject) -> Findings:
    referenced = project.referenced  # what another spec refers to needs nothing from the command line
    for spec in project.specs:
        if spec.kind == "job" or not spec.data or spec.document.path in referenced:
            continue
        for key in index()[spec.kind]["supplied"]:
            if key != "version" and not nearest(key, spec.data):  # Azure ML finds a version by itself
                option = f"--{key.replace('_', '-')}"
                yield warning(
                    f"the key '{key}' is missing; add it, or pass {option} on the command line", spec
                )
