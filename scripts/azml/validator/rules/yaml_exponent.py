"""A number with an exponent and without a dot or a sign: YAML 1.1 reads it as a string.

Bad:
    learning_rate: 1e-5

Fix: write 1.0e-5.

Source: https://yaml.org/type/float.html; azure-ai-ml reads specs with PyYAML, which follows YAML 1.1.
"""

import re
from collections.abc import Iterator

from azml.spec.finding import WARNING, Finding
from azml.spec.project import Project
from azml.validator.literals import literals

ID = "yaml-exponent"

_EXPONENT = re.compile(r"[-+]?\d[\d.]*[eE][-+]?\d+")


def check(project: Project) -> Iterator[Finding]:
    """Yield a warning at every such number where a number is wanted."""
    for component in list(project.components.values()):
        for pointer, kind in literals(component):
            text = component.document.get(pointer)
            if kind not in ("number", "integer") or not isinstance(text, str):
                continue
            if _EXPONENT.fullmatch(text) and component.document.source(pointer) == text:
                message = f"YAML reads {text} as a string, not as a number; write {_dotted(text)}"
                yield component.document.finding(ID, message, pointer, severity=WARNING)


def _dotted(text: str) -> str:
    mantissa, exponent = text.lower().split("e")
    dot, sign = "" if "." in mantissa else ".0", "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{dot}e{sign}{exponent}"
