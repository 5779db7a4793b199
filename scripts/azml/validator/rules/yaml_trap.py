"""A value that YAML 1.1 reads otherwise than it is written: 1.10, 010, 12:30:00, 1e-5, no.

Bad:
    version: 1.10       # the version 1.1
    mode: no            # the text False

Fix: quote the value; write 1e-5 as 1.0e-5.

Source: https://yaml.org/type/float.html, bool.html and int.html; azure-ai-ml reads specs with PyYAML, which
follows YAML 1.1, and sends literals as str(value) (entities/_job/_input_output_helpers.py).
"""

import re
from collections.abc import Iterator

from azml.spec.binding import PARENT_INPUT, whole_binding
from azml.spec.component import Component
from azml.spec.document import Document, Pointer
from azml.spec.finding import ERROR, WARNING, Finding
from azml.validator.specs import SpecProject
from azml.validator.words import describe

ID = "yaml-trap"

_EXPONENT = re.compile(r"[-+]?\d[\d.]*[eE][-+]?\d+")
_OTHER_NUMBER = re.compile(r"[-+]?0\d+|.*\d[:-]\d.*")  # octal, sexagesimal, a date
_WORDS = ("yes", "no", "on", "off", "y", "n")
_NUMBERS = ("number", "integer")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every version and literal that becomes something else."""
    for document, pointer, _ in project.places("version"):
        yield from _judge(document, pointer, "string", ERROR)
    for component in list(project.components.values()):
        for pointer, kind in _literals(component):
            yield from _judge(component.document, pointer, kind, WARNING)


def _literals(component: Component) -> Iterator[tuple[Pointer, str | None]]:
    """Yield (pointer, type it is read as; None: not known) of the literals of a component and its steps."""
    wanted: dict[str, set[str | None]] = {}
    for step in component.steps.values():
        ports = step.component.inputs if step.component and not step.is_inline else {}
        for name, value in step.inputs.items():
            kind = ports[name].type if name in ports else None
            yield (*step.pointer, "inputs", name), kind
            if (binding := whole_binding(value)) and binding.scope == PARENT_INPUT:
                wanted.setdefault(binding.name, set()).add(kind)
    for port in component.inputs.values():
        kinds = wanted.get(port.name, {None})
        yield port.pointer, kinds.pop() if len(kinds) == 1 else None
        yield from ((((*port.pointer, key)), port.type) for key in ("default", "min", "max"))


def _judge(document: Document, pointer: Pointer, kind: str | None, severity: str) -> Iterator[Finding]:
    node = document.node(pointer) if document.has(pointer) else None
    if node is None or node.children is not None or node.style or kind == "boolean":
        return
    text, value = document.source(pointer), node.data
    if kind in _NUMBERS and isinstance(value, str) and _EXPONENT.fullmatch(text):
        message = f"YAML reads {text} as a string, not as a number; write {_dotted(text)}"
        yield document.finding(ID, message, pointer, severity=WARNING)
    elif _is_changed(text, value, kind):
        message = f"YAML reads {text} as {describe(value)}; quote it"
        yield document.finding(ID, message, pointer, severity=severity)


def _dotted(text: str) -> str:
    mantissa, exponent = text.lower().split("e")
    dot, sign = "" if "." in mantissa else ".0", "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{dot}e{sign}{exponent}"


def _is_changed(text: str, value: object, kind: str | None) -> bool:
    if value is None or isinstance(value, str):
        return False
    if isinstance(value, bool):
        return kind == "string" and text.lower() in _WORDS
    return bool(_OTHER_NUMBER.fullmatch(text)) or (kind == "string" and text != str(value))
