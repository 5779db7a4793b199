"""Who gives values to whose inputs, and which values an input takes: shared by the rules on contracts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from azml.spec.binding import JOB_INPUT, PARENT_INPUT, Binding, find_bindings, find_malformed, whole_binding
from azml.spec.component import Component, Port, Step, mapping
from azml.spec.document import Document, Pointer
from azml.spec.finding import did_you_mean, nearest
from azml.spec.project import Project, resolve
from azml.spec.reference import FILE, parse_reference
from azml.spec.scope import is_known, run_texts


@dataclass(frozen=True)
class Call:
    """One use of a component: by a step, by a pipeline job in place of jobs of its own, by a sweep."""

    document: Document
    pointer: Pointer
    data: dict
    component: Component
    pipeline: Component | None

    @property
    def given(self) -> dict[str, object]:
        """The values that the call gives; a sweep's search space gives values too."""
        return mapping(self.data.get("inputs")) | mapping(self.data.get("search_space"))

    @property
    def is_inline_trial(self) -> bool:
        """Tell whether the component is a trial written inside its sweep, whose inputs it shares."""
        return self.component.pointer == (*self.pointer, "trial")

    def knows(self, name: str, ports: dict[str, Port]) -> bool:
        """Tell whether a name is one of the ports: the service ignores case, a component file does not."""
        by_file = parse_reference(str(self.data.get("component", self.data.get("trial")))).kind == FILE
        fold = str if by_file else str.lower
        return is_known(fold(str(name)), {fold(each): port for each, port in ports.items()})


def calls(project: Project) -> Iterator[Call]:
    """Yield every use of a component that is known here."""
    for user in list(project.components.values()):
        if user.base and "jobs" not in user.data:
            yield Call(user.document, user.pointer, user.data, user.base, None)
        for step in user.steps.values():
            if step.component and not step.is_inline:
                yield Call(step.document, step.pointer, step.data, step.component, user)


@dataclass(frozen=True)
class Given:
    """A value given to an input: its type, and the pipeline's port that it is bound to, if it is bound."""

    document: Document
    pointer: Pointer
    port: Port
    type: str | None
    binding: Binding | None
    source: Port | None


def given_inputs(project: Project) -> Iterator[Given]:
    """Yield every value that a call gives to an input of its component."""
    for call in calls(project):
        for name, value in mapping(call.data.get("inputs")).items():
            if port := call.component.inputs.get(name):
                yield _given(call, (*call.pointer, "inputs", name), value, port)


def _given(call: Call, pointer: Pointer, value: object, port: Port) -> Given:
    text = value.get("path") if isinstance(value, dict) else value
    binding = whole_binding(text)
    source = resolve(call.pipeline, binding) if call.pipeline and binding else None
    kind = source.type if source else None if find_bindings(text) else _type_of_value(value)
    place = (*pointer, "path") if isinstance(value, dict) and binding else pointer
    return Given(call.document, place, port, kind, binding, source)


def _type_of_value(value: object) -> str | None:
    """Return the type that a value says or has; None for a text, which may be a path."""
    if isinstance(value, dict):
        kind = "uri_folder" if "path" in value and "type" not in value else value.get("type")
        return kind if isinstance(kind, str) else None
    return {bool: "boolean", int: "integer", float: "number"}.get(type(value))


def pipelines(project: Project) -> Iterator[Component]:
    """Yield every pipeline job and pipeline component that has steps."""
    yield from (each for each in list(project.components.values()) if each.type == "pipeline" and each.steps)


def excused(wrong: Iterable[str], known: Iterable[str]) -> set[str]:
    """Return the known names that misspelt ones explain the absence of: one mistake, one finding.

    A name that is near none of the known ones may stand for any of them.
    """
    known = set(known)
    near = [nearest(name, known) for name in wrong]
    return known if None in near else set(near)


def bound_input(pipeline: Component, value: object) -> str | None:
    """Return the pipeline's input that a step's value is bound to as a whole, by way of siblings too."""
    for _ in range(len(pipeline.steps) + 1):
        binding = whole_binding(value.get("path") if isinstance(value, dict) else value)
        if binding is None or binding.scope != JOB_INPUT:
            return binding.name if binding and binding.scope == PARENT_INPUT else None
        sibling = pipeline.steps.get(binding.job or "")
        value = sibling.inputs.get(binding.name) if sibling else None
    return None


def receivers(component: Component, name: str) -> Iterator[tuple[Step, Port]]:
    """Yield the steps, at any depth, whose inputs a pipeline's input is handed on to, with those inputs."""
    for step in component.steps.values():
        for given, value in step.inputs.items():
            if bound_input(component, value) == name and step.component and not step.is_inline:
                if port := step.component.inputs.get(given):
                    yield step, port
                yield from receivers(step.component, given)


def named(component: Component, scope: str) -> set[str]:
    """Return the inputs (or outputs) that what a component runs names, declared or not."""
    pattern = re.compile(rf"\b{scope.removesuffix('s')}s?\s*\.\s*([\w.\-]*\w)", re.IGNORECASE)
    texts = [value for _, value in run_texts(component) if isinstance(value, str)]
    return {name for text in texts for name in pattern.findall(text)}


def literal_problem(port: Port, value: object) -> str | None:
    """Say why a literal input does not take a value, or None; what is no literal is taken.

    Source: azure-ai-ml entities/_inputs_outputs/input.py, ``_parse`` and ``_validate_or_throw``.
    """
    if not port.is_literal or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, str) and (find_bindings(value) or find_malformed(value)):
        return None
    parsed = _parse(port.type, value)
    if parsed is None:
        return f"{_quoted(value)} is no {port.type}, the type of the input '{port.name}'"
    return _range_problem(port, value, parsed) or _enum_problem(port, value, parsed)


def _parse(kind: str, value: str | int | float) -> str | float | bool | None:
    if kind == "string":
        return str(value)
    if kind == "boolean":
        return {"true": True, "false": False}.get(str(value).lower())
    number = None if isinstance(value, bool) else to_number(value)
    return None if number is None or (kind == "integer" and not number.is_integer()) else number


def to_number(value: object) -> float | None:
    """Return a number, or a text that is one, as a float; else None."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _range_problem(port: Port, value: object, parsed: object) -> str | None:
    if port.type not in ("integer", "number"):
        return None
    low, high = to_number(port.option("min")), to_number(port.option("max"))
    if low is not None and high is not None and low > high:
        return None
    if low is not None and parsed < low:
        return f"{value} is below the minimum {port.option('min')} of the input '{port.name}'"
    if high is not None and parsed > high:
        return f"{value} is above the maximum {port.option('max')} of the input '{port.name}'"
    return None


def _enum_problem(port: Port, value: object, parsed: object) -> str | None:
    allowed = port.option("enum")
    is_listed = isinstance(allowed, list) and all(isinstance(each, str) for each in allowed)
    if not is_listed or not allowed or parsed in [_parse(port.type, each) for each in allowed]:
        return None
    return f"{_quoted(value)} is no value of the input '{port.name}'{did_you_mean(value, allowed)}"


def _quoted(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
