"""A data input of a job without a path.

Bad:
    inputs:
      customers:
        type: uri_file

Fix: give it a path, or pass it with --set inputs.customers.path=...

Source: azure-ai-ml operations/_job_operations.py ("Input path can't be empty for jobs", at submission).
"""

from azml.core.components import Component
from azml.core.finding import WARNING
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule

RULE = Rule("missing-path", severity=WARNING, is_consequence=True)


def check_component(component: Component) -> Findings:
    for port in component.inputs.values() if component.is_job and not component.pointer else ():
        if isinstance(port.data, dict) and port.is_data and not port.data.get("path"):
            message = f"the input '{port.name}' has no path; Azure ML refuses the job without one"
            yield warning(message, port, key=True)
