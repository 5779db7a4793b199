"""A value that YAML 1.1 reads otherwise than it is written: 1.10, 010, 12:30:00, no.

Bad:
    version: 1.10       # the version 1.1
    mode: no            # the text False

Fix: quote the value.

Source: https://yaml.org/type/bool.html, float.html and int.html; azure-ai-ml reads specs with PyYAML, which
follows YAML 1.1, and sends literals as str(value) (entities/_job/_input_output_helpers.py).
"""

import re
from collections.abc import Iterator

from azml.spec.document import Document, Pointer
from azml.spec.finding import ERROR, WARNING, Finding
from azml.validator.literals import literals
from azml.validator.specs import SpecProject
from azml.validator.words import describe

ID = "yaml-trap"

_OTHER_NUMBER = re.compile(r"[-+]?0\d+|.*\d[:-]\d.*")  # octal, sexagesimal, a date
_WORDS = ("yes", "no", "on", "off", "y", "n")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every version and literal that becomes something else."""
    for document, pointer, _ in project.places("version"):
        yield from _judge(document, pointer, "string", ERROR)
    for component in list(project.components.values()):
        for pointer, kind in literals(component):
            yield from _judge(component.document, pointer, kind, WARNING)


def _judge(document: Document, pointer: Pointer, kind: str | None, severity: str) -> Iterator[Finding]:
    node = document.node(pointer) if document.has(pointer) else None
    if node is None or node.children is not None or node.style or kind == "boolean":
        return
    text, value = document.source(pointer), node.data
    if _is_changed(text, value, kind):
        message = f"YAML reads {text} as {describe(value)}; quote it"
        yield document.finding(ID, message, pointer, severity=severity)


def _is_changed(text: str, value: object, kind: str | None) -> bool:
    if value is None or isinstance(value, str):
        return False
    if isinstance(value, bool):
        return kind == "string" and text.lower() in _WORDS
    return bool(_OTHER_NUMBER.fullmatch(text)) or (kind == "string" and text != str(value))
