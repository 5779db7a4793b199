"""A value that YAML 1.1 reads differently from how it is written: 1.10, 010, 12:30:00, no.

Bad:
    version: 1.10       # the version 1.1
    mode: no            # the text False

Fix: quote the value.

Source: https://yaml.org/type/bool.html, float.html and int.html; azure-ai-ml reads specs with PyYAML, which
follows YAML 1.1, and sends literals as str(value) (entities/_job/_input_output_helpers.py).
"""

import re

from azml.core.finding import Fix
from azml.core.place import Place
from azml.validator.findings import Findings, error, warning
from azml.validator.literals import Literal
from azml.validator.messages import describe
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("yaml-trap")

_OTHER_NUMBER = re.compile(r"[-+]?0\d+|.*\d[:-]\d.*")  # octal, sexagesimal, a date
_WORDS = ("yes", "no", "on", "off", "y", "n")


def check_project(project: SpecProject) -> Findings:
    for place in project.places("version"):
        if problem := _problem(place, "string"):
            yield error(problem, place, fix=_quoted(place))


def check_literal(literal: Literal) -> Findings:
    if problem := _problem(literal, literal.type):
        yield warning(problem, literal, fix=_quoted(literal))


def _quoted(place: Place) -> Fix | None:
    return place.fix(place.document.source(place.pointer), is_safe=True)


def _problem(place: Place, kind: str | None) -> str | None:
    node = place.document.node(place.pointer) if place.document.has(place.pointer) else None
    if node is None or node.children is not None or node.style or kind == "boolean":
        return None
    text = place.document.source(place.pointer)
    is_changed = _is_changed(text, node.data, kind)
    return f"YAML reads {text} as {describe(node.data)}; quote it" if is_changed else None


def _is_changed(text: str, value: object, kind: str | None) -> bool:
    if value is None or isinstance(value, str):
        return False
    if isinstance(value, bool):
        return kind == "string" and text.lower() in _WORDS
    return bool(_OTHER_NUMBER.fullmatch(text)) or (kind == "string" and text != str(value))
