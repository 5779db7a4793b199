"""The literals of components and steps: the type that Azure ML reads each as, and what an input takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from azml.core.components import Component, Port
from azml.core.document import Pointer
from azml.core.expressions import PARENT_INPUT, find_bindings, find_malformed, whole_binding
from azml.core.finding import did_you_mean
from azml.core.place import Place

from .placeholders import is_placeholder
from .specs import SpecProject


@dataclass(frozen=True)
class Literal(Place):
    """What may be a literal, and the type that is wanted there; None where that is not known."""

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


def literal_problem(port: Port, value: object) -> str | None:
    """Say why a literal input does not take a value, or None; what is no literal is taken.

    Source: azure-ai-ml entities/_inputs_outputs/input.py, ``_parse`` and ``_validate_or_throw``.
    """
    is_known = isinstance(value, (str, int, float)) and not is_placeholder(value)
    if not port.is_literal or not is_known or find_bindings(value) or find_malformed(str(value)):
        return None
    quoted, parsed = f"'{value}'" if isinstance(value, str) else str(value), _parse(port.type, value)
    if parsed is None:
        return f"{quoted} is no {port.type}, the type of the input '{port.name}'"
    low, high = limits(port)
    if port.type in ("integer", "number") and low <= high and not low <= parsed <= high:
        side, key = ("below the minimum", "min") if parsed < low else ("above the maximum", "max")
        return f"{value} is {side} {port.option(key)} of the input '{port.name}'"
    words = port.option("enum")
    is_listed = isinstance(words, list) and words and all(isinstance(each, str) for each in words)
    if is_listed and parsed not in [_parse(port.type, each) for each in words]:
        return f"{quoted} is no value of the input '{port.name}'{did_you_mean(value, words)}"
    return None


def _parse(kind: str, value: str | int | float) -> str | float | bool | None:
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
    """Say that what stands under one key is above what stands under another, or return None."""
    least, most = to_number(data.get(low)), to_number(data.get(high))
    is_wrong = least is not None and most is not None and least > most
    return f"{low} ({data[low]}) is above {high} ({data[high]})" if is_wrong else None


def to_number(value: object) -> float | None:
    """Return a number, or a text that is one, as a float; else None."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
