"""An output of a literal type: Azure ML passes only data from one step to the next.

Bad:
    outputs:
      rows: {type: integer}

Fix: write the value to a file and declare the output as ``uri_file``. Control outputs (``is_control: true``)
are not reported.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline ("outputs of
primitive types are not supported"); https://github.com/Azure/azure-sdk-for-python/issues/39525
"""

from azml.core.components import Component
from azml.core.values import is_true, mapping
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("literal-output", since="0.2")


def check_component(component: Component) -> Findings:
    for port in component.outputs.values():
        if "type" in mapping(port.data) and port.is_literal and not is_true(port.option("is_control")):
            message = f"an output cannot be of type {port.type}; write the value to a file (type: uri_file)"
            yield error(message, port, "type")
