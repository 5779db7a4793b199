"""The literals of components and steps: the type each should have, and what an input accepts."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from azml.core.components import Component, Port
from azml.core.document import Pointer
from azml.core.expressions import PARENT_INPUT, find_bindings, find_malformed, whole_binding
from azml.core.finding import did_you_mean
from azml.core.place import Place
from azml.core.values import JSON

from .messages import describe, expected_types
from .placeholders import is_placeholder
from .specs import SpecProject


@dataclass(frozen=True)
class Literal(Place):
    """A value that may be a literal, and the type expected there; None where that is not known."""

    type: str | None = None


def literals(project: SpecProject) -> Iterator[Literal]:
    """Yield the values of steps, and the defaults and limits of declarations."""
    for component in project.components.values():
        for pointer, kind in _typed(component):
            yield Literal(component.document, pointer, type=kind)


def _typed(component: Component) -> Iterator[tuple[Pointer, str | None]]:
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
        yield from (((*port.pointer, key), port.type) for key in ("default", "min", "max"))


def literal_problem(port: Port, value: JSON) -> str | None:
    """Return why a literal input does not accept a value, or None; anything but a literal is accepted.

    Source: azure-ai-ml entities/_inputs_outputs/input.py, ``_parse`` and ``_validate_or_throw``.
    """
    is_known = isinstance(value, (str, int, float)) and not is_placeholder(value)
    if not port.is_literal or not is_known or find_bindings(value) or find_malformed(str(value)):
        return None
    kind, parsed = str(port.type), _parse(port.type, value)
    if parsed is None:
        return f"the input '{port.name}' expects {expected_types(kind)}, not {describe(value)}"
    low, high = limits(port)
    if port.type in ("integer", "number") and low <= high and not low <= parsed <= high:
        side, key = ("below the minimum", "min") if parsed < low else ("above the maximum", "max")
        return f"{value} is {side} {port.option(key)} of the input '{port.name}'"
    words: JSON = port.option("enum")
    is_listed = isinstance(words, list) and words and all(isinstance(each, str) for each in words)
    if is_listed and parsed not in [_parse(port.type, each) for each in words]:
        hint = did_you_mean(value, words)
        return f"{describe(value)} is not an allowed value of the input '{port.name}'{hint}"
    return None


def _parse(kind: str | None, value: str | int | float) -> Any:
    if kind == "string":
        return str(value)
    if kind == "boolean":
        return {"true": True, "false": False}.get(str(value).lower())
    number = None if isinstance(value, bool) else to_number(value)
    return None if number is None or (kind == "integer" and not number.is_integer()) else number


def limits(port: Port) -> tuple[float, float]:
    """Return the lowest and the highest value that an input declares."""
    low, high = to_number(port.option("min")), to_number(port.option("max"))
    return -inf if low is None else low, inf if high is None else high


def order_problem(data: dict, low: str, high: str) -> str | None:
    """Return a message if the value of one key is above that of another, else None."""
    least, most = to_number(data.get(low)), to_number(data.get(high))
    is_wrong = least is not None and most is not None and least > most
    return f"{low} ({data[low]}) is above {high} ({data[high]})" if is_wrong else None


def to_number(value: JSON) -> float | None:
    """Return a number, or a string that holds one, as a float; else None."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
