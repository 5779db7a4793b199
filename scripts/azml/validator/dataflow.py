"""Who gives which value to whose input."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from azml.core.bindings import resolve
from azml.core.components import Component, Port, Step, is_another, port_type
from azml.core.document import Document, Pointer
from azml.core.expressions import INPUT, JOB_INPUT, PARENT_INPUT, Binding, find_bindings, whole_binding
from azml.core.finding import nearest
from azml.core.references import FILE, parse_reference
from azml.core.scopes import is_known, is_trial_of_job, run_texts
from azml.core.values import mapping

from .specs import SpecProject


def pipelines(project: SpecProject) -> Iterator[Component]:
    """Yield every pipeline job and pipeline component that has steps."""
    return (each for each in project.components.values() if each.type == "pipeline" and each.steps)


def steps(project: SpecProject) -> Iterator[Step]:
    """Yield every step."""
    return (step for each in project.components.values() for step in each.steps.values())


@dataclass(frozen=True)
class Call:
    """One use of a component: by a step, by a pipeline job in place of jobs of its own, by a sweep.

    Or of a local job by a schedule, which may give its inputs other values.
    """

    document: Document
    pointer: Pointer
    data: dict
    component: Component
    pipeline: Component | None

    def given(self, kind: str) -> dict[str, object]:
        """Return what the call gives as ``inputs``, ``outputs`` or ``search_space``."""
        return mapping(self.data.get(kind))

    @property
    def is_inline_trial(self) -> bool:
        """Tell whether the component is a trial written inside its sweep, whose inputs it shares."""
        return self.component.pointer == (*self.pointer, "trial") and is_trial_of_job(self.component)

    @property
    def is_foreign(self) -> bool:
        """Tell whether the component declares none of several given inputs: another component was meant."""
        given = self.given("inputs")
        if self.is_inline_trial or not is_another(given, self.component):
            return False
        return not set(given) & named(self.component, INPUT)

    def fold(self, name: object) -> str:
        """Return a name as the service compares it: it ignores case, a component file does not."""
        return str(name) if self._is_by_file else str(name).lower()

    @cached_property
    def _is_by_file(self) -> bool:
        return parse_reference(str(self.data.get("component", self.data.get("trial")))).kind == FILE

    def knows(self, name: str, ports: dict[str, Port]) -> bool:
        """Tell whether a name is one of the ports: case matters with a component file, not with an asset."""
        if ports and self._is_by_file:
            return is_known(str(name), ports)
        return is_known(self.fold(name), {self.fold(each): port for each, port in ports.items()})


def calls(project: SpecProject) -> Iterator[Call]:
    """Yield every use of a component, or of a job, that is known here."""
    for use in project.file_uses:
        job = project.components.get((use.path, ())) if use.pointer == ("create_job", "job") else None
        if job and job.is_job:
            yield Call(use.document, ("create_job",), mapping(use.document.get(("create_job",))), job, None)
    for user in project.components.values():
        if user.base and "jobs" not in user.data:
            yield Call(user.document, user.pointer, user.data, user.base, None)
        for step in user.steps.values():
            if step.component and not step.is_inline:
                yield Call(step.document, step.pointer, step.data, step.component, user)


@dataclass(frozen=True)
class Given:
    """A value given to an input: its type, and the pipeline's port that it is bound to, if any."""

    document: Document
    pointer: Pointer
    port: Port
    type: str | None
    binding: Binding | None
    source: Port | None


def given_inputs(project: SpecProject) -> Iterator[Given]:
    """Yield every value that a call gives to an input of its component."""
    for call in calls(project):
        for name, value in call.given("inputs").items():
            if port := call.component.inputs.get(name):
                yield _given(call, (*call.pointer, "inputs", name), value, port)


def _given(call: Call, pointer: Pointer, value: object, port: Port) -> Given:
    if call.component.is_job and isinstance(value, dict):
        value = mapping(port.data) | value  # azure-ai-ml _schema/schedule/create_job.py, merge_dict
    text = text_of(value)
    binding = whole_binding(text)
    source = resolve(call.pipeline, binding) if call.pipeline and binding else None
    place = (*pointer, "path") if isinstance(value, dict) and binding else pointer
    return Given(call.document, place, port, _type_given(call, value, source), binding, source)


def _type_given(call: Call, value: object, source: Port | None) -> str | None:
    """Return the type of what a call gives; None where only the service or the script can tell."""
    if call.component.is_job and isinstance(value, str):
        return "string"  # a job's data is a mapping; a step's may be a path alone
    if source:
        return source.type
    return None if find_bindings(text_of(value)) else _type_of_value(value)


def _type_of_value(value: object) -> str | None:
    """Return the type that a value declares or has; None for a text, which may be a path."""
    if isinstance(value, dict):
        return port_type(value)
    return {bool: "boolean", int: "integer", float: "number"}.get(type(value))


def text_of(value: object) -> object:
    """Return what may be a binding in the value of an input or output: the value itself, or its path."""
    return value.get("path") if isinstance(value, dict) else value


# Steps that take an input by way of other steps' inputs; each more would be looked through for every value.
_LONGEST_CHAIN = 20


def bound_input(pipeline: Component, value: object) -> str | None:
    """Return the pipeline's input that a step's value is bound to as a whole, by way of siblings too."""
    for _ in range(_LONGEST_CHAIN):
        binding = whole_binding(text_of(value))
        if binding is None or binding.scope != JOB_INPUT:
            return binding.name if binding and binding.scope == PARENT_INPUT else None
        sibling = pipeline.steps.get(binding.job or "")
        value = sibling.inputs.get(binding.name) if sibling else None
    return None


def receivers(component: Component, name: str) -> Iterator[tuple[Component, str]]:
    """Yield (component, input) of an input and of all inputs, at any depth, that it is passed on to."""
    queue, seen = [(component, name)], {(component, name)}
    while queue:
        component, name = queue.pop(0)
        yield component, name
        for receiver in _passed_on(component).get(name, ()):
            if receiver not in seen:
                seen.add(receiver)
                queue.append(receiver)


@lru_cache(maxsize=1024)
def _passed_on(pipeline: Component) -> dict[str, list[tuple[Component, str]]]:
    """Return the inputs of the steps' components that each input of a pipeline is passed on to."""
    found: dict[str, list[tuple[Component, str]]] = {}
    for step in pipeline.steps.values():
        if step.component is None:
            continue
        for given, value in step.inputs.items():
            if name := bound_input(pipeline, value):
                found.setdefault(name, []).append((step.component, given))
    return found


def excused(wrong: Iterable[str], known: Iterable[str]) -> set[str]:
    """Return the known names whose absence misspelled names explain: one mistake, one finding.

    A name that is not near any known one may stand for any of them.
    """
    known = set(known)
    near = [nearest(name, known) for name in wrong]
    return known if None in near else {name for name in near if name}


def named(component: Component, scope: str) -> set[str]:
    """Return the inputs (or outputs) that what a component runs names, declared or not."""
    pattern = re.compile(rf"\b{scope.removesuffix('s')}s?\s*\.\s*([\w.\-]*\w)", re.IGNORECASE)
    texts = [value for _, value in run_texts(component) if isinstance(value, str)]
    return {name for text in texts for name in pattern.findall(text)}
