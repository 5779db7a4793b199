"""The name of an asset, an input or an output that Azure ML refuses.

Bad:
    inputs:
      learning-rate:
        type: number

Fix: letters, digits and underscores, no digit first, for inputs and outputs; assets may also hold - and dots.

Source: azure-ai-ml constants/_component.py (IOConstants.VALID_KEY_PATTERN), entities/_inputs_outputs/output.py;
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""

import re
from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.finding import Finding
from azml.validator.specs import SpecProject

ID = "invalid-name"

_PORT = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_OUTPUT_ASSET = re.compile(r"[\w-]{0,255}", re.ASCII)
_ASSET = re.compile(r"[A-Za-z0-9][\w.\-]{0,254}", re.ASCII)
_ASSET_KINDS = ("environment", "data", "model")
_TEMPLATE = re.compile(r"\$?\{\{|[<>]")
_ENDPOINT_LENGTH = range(3, 33)
_ENDPOINT_KINDS = ("online_endpoint", "batch_endpoint")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every name that does not fit its pattern."""
    for component in list(project.components.values()):
        for port in (*component.inputs.values(), *component.outputs.values()):
            if not _PORT.fullmatch(port.name):
                message = f"'{port.name}' cannot be a name here: letters, digits and _, no digit first"
                yield port.document.finding(ID, message, port.pointer, key=True)
        for port in component.outputs.values():
            name = mapping(port.data).get("name")
            if isinstance(name, str) and "{" not in name and not _OUTPUT_ASSET.fullmatch(name):
                message = f"'{name}' cannot name the output's asset: letters, digits, _ and -"
                yield port.document.finding(ID, message, (*port.pointer, "name"))
    for path, kind in project.kinds.items():
        document = project.document(path)
        name = mapping(document.data).get("name")
        if not isinstance(name, str) or _TEMPLATE.search(name):
            continue
        if kind in _ASSET_KINDS and not _ASSET.fullmatch(name):
            message = f"'{name}' cannot name an asset: letters, digits, _, - and dots, at most 255"
            yield document.finding(ID, message, ("name",))
        if kind in _ENDPOINT_KINDS and len(name) not in _ENDPOINT_LENGTH:
            yield document.finding(ID, f"an endpoint's name has 3 to 32 characters, not {len(name)}", ("name",))
