"""A number such as 1e-5, which YAML 1.1 reads as a string.

Bad:
    learning_rate: 1e-5

Fix: write 1.0e-5.

Source: https://yaml.org/type/float.html; azure-ai-ml reads specs with PyYAML, which follows YAML 1.1, and
sends the text on.
"""

import re

from azml.core.finding import WARNING
from azml.validator.findings import Findings, warning
from azml.validator.literals import Literal
from azml.validator.rule import Rule

RULE = Rule("yaml-exponent", severity=WARNING)

_EXPONENT = re.compile(r"[-+]?\d[\d.]*[eE][-+]?\d+")


def check_literal(literal: Literal) -> Findings:
    text, source = literal.text, literal.document.source(literal.pointer)
    # azure-ai-ml converts a declaration's default, min and max (entities/_inputs_outputs/input.py, _parse).
    is_value = literal.pointer[-2] == "inputs"
    if is_value and literal.type in ("number", "integer") and _EXPONENT.fullmatch(text) and source == text:
        right = _dotted(text)
        message = f"YAML reads {text} as a string, not a number; write {right}"
        yield warning(message, literal, fix=literal.rewrite(right, is_safe=True))


def _dotted(text: str) -> str:
    mantissa, exponent = text.lower().split("e")
    dot, sign = "" if "." in mantissa else ".0", "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{dot}e{sign}{exponent}"
