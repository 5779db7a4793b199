"""Specs, linked: references followed, components attached to steps, bindings held against what exists.

What does not link (a missing file, an unknown binding, a cycle) becomes a finding in ``Linker.findings``;
the rest of the graph is still usable, so that one mistake hides no other.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from graphlib import CycleError
from itertools import pairwise
from pathlib import Path

from . import expressions as grammar
from .bindings import step_order
from .components import (
    COMPONENT_KEYS,
    Component,
    Step,
    build_component,
    is_another,
    is_readable,
    misplaced,
    misspelt,
    type_of,
)
from .document import Document, Pointer, load
from .expressions import Binding, find_bindings
from .finding import Finding, did_you_mean, nearest, put_near
from .kinds import is_flow, is_no_component, kind_of
from .paths import hint_for_missing, is_file, is_folder, is_yaml, meant_path, siblings
from .place import Place
from .project import Project
from .references import ASSET, FILE, Reference, parse_reference
from .rule_ids import CYCLE, MISSING_FILE, UNKNOWN_BINDING
from .scopes import check_scopes, run_texts
from .values import mapping

# What a step may be called; the schema tells where one is not.
JOB_NAME = re.compile(r"[a-z_][a-z\d_]*")
# Deeper than any pipeline that people read; every walk through components recurses.
MAX_NESTING = 50


class Linker:
    """Links the specs of a project; ``components`` holds what is linked so far, by file and place in it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.components: dict[tuple[Path, Pointer], Component] = {}
        self.findings: list[Finding] = []
        self._linking: list[Path] = []

    def link(self, path: Path) -> Component | None:
        """Return the linked job or component in a file; None when it holds no mapping."""
        document = self.project.document(path)
        if not isinstance(document.data, dict):
            return None
        return self.component(document, (), is_job=kind_of(document) == "job")

    def component(self, document: Document, pointer: Pointer, is_job: bool) -> Component:
        """Return the linked component at ``pointer`` of a document."""
        key = (Path(os.path.abspath(document.path)), pointer)
        if key not in self.components:
            component = build_component(document, pointer, is_job)
            self.components[key] = component
            self._linking.append(key[0])
            try:
                self._link_parts(component)
            finally:
                self._linking.pop()
            if not _has_twins(component):
                self.findings += dict.fromkeys(_unknown_bindings(component))
                self._check_cycles(component)
            self.findings += dict.fromkeys(check_scopes(component))
        return self.components[key]

    def _link_parts(self, component: Component) -> None:
        self._link_base(component)
        for name, data in mapping(component.data.get("jobs")).items():
            if isinstance(data, dict):
                component.steps[name] = self._step(component, name, data)

    def _link_base(self, component: Component) -> None:
        if not component.is_job:
            return
        if component.type == "sweep":
            component.base = self._component_at(component.document, (*component.pointer, "trial"))
        elif component.type == "pipeline" and isinstance(component.data.get("component"), str):
            component.base = self._component_at(component.document, (*component.pointer, "component"))

    def _component_at(self, document: Document, pointer: Pointer) -> Component | None:
        """Return the component that is written at a place, or named there."""
        value = document.get(pointer)
        if isinstance(value, dict):
            return self.component(document, pointer, is_job=False)
        if isinstance(value, str):
            return self._referenced(document, pointer, parse_reference(value))
        return None

    def _step(self, pipeline: Component, name: str, data: dict) -> Step:
        step = Step(name, pipeline, data, type_of(data))
        key = next((key for key in COMPONENT_KEYS if key in data), None)
        if key is None and "jobs" in data:
            return step  # steps do not nest without a component: the schema says so
        if key is None:
            step.component = self.component(pipeline.document, step.pointer, is_job=True)
        else:
            step.reference = parse_reference(data[key]) if isinstance(data[key], str) else None
            step.component = self._component_at(pipeline.document, (*step.pointer, key))
        if key == "component" and "type" not in data and step.component:
            step.type = step.component.type
        return step

    def _referenced(self, document: Document, pointer: Pointer, reference: Reference) -> Component | None:
        """Return the component that a reference names; None, with a finding where one is due."""
        target: Document | None = None
        if stand_in := self.project.stand_ins.find(reference.text):
            target = self.project.document(stand_in)
        elif reference.kind == ASSET:
            target = self.project.find_asset("component", reference, document.path)
        elif reference.kind == FILE and not find_bindings(reference.text):
            target = self._referenced_file(document, pointer, reference)
        if target is None or not isinstance(target.data, dict) or is_flow(target):
            return None
        if is_no_component(target):
            return None
        path = Path(os.path.abspath(target.path))
        if path in self._linking:
            place = Place(document, pointer)
            self.findings.append(place.finding(CYCLE, f"{reference.text} contains itself"))
            return None
        if len(self._linking) > MAX_NESTING:
            place = Place(document, pointer)
            self.findings.append(
                place.finding("cycle", f"components are nested over {MAX_NESTING} deep here")
            )
            return None
        return self.component(target, (), is_job=False)

    def _referenced_file(self, document: Document, pointer: Pointer, reference: Reference) -> Document | None:
        base = document.path.parent
        path = reference.resolve(base)
        if is_file(path):
            # What is wrong with a script's text as YAML helps nobody.
            target = self.project.document(path) if is_yaml(path) else load(path, is_foreign=True)
            if isinstance(target.data, dict) or (target.findings and is_yaml(path)):
                return target
            what = "is not a component; expected a YAML mapping"
        else:
            what = "is a folder, not a component file" if is_folder(path) else "does not exist"
        names = list(filter(is_yaml, siblings(path, document.path)))
        hint = hint_for_missing(reference.path, base, document.path, names)
        text = f"the component file {reference.path} {what}{hint}"
        place = Place(document, pointer)
        fix = place.fix(meant_path(reference.path, base, document.path, names))
        self.findings.append(place.finding(MISSING_FILE, text, fix=fix))
        return None

    def _check_cycles(self, pipeline: Component) -> None:
        try:
            step_order(pipeline)
        except CycleError as error:
            names = list(reversed(error.args[1]))
            first, *rest = (_edge(pipeline, *pair) for pair in pairwise(names))
            related = tuple(place.related("and this", key=False) for place in rest)
            text = f"these steps wait for each other: {' -> '.join(map(str, names))}"
            self.findings.append(first.finding(CYCLE, text, related=related))


def _has_twins(pipeline: Component) -> bool:
    """Tell whether two steps, or two keys of the pipeline, have one name: all in the first is lost."""
    for place in ((), ("jobs",), ("inputs",), ("outputs",)) if pipeline.steps else ():
        node = pipeline.document.node((*pipeline.pointer, *place))
        keys = [key.data for key, _ in node.children or () if key] if node else []
        if len(set(keys)) < len(keys):
            return True
    return False


def _edge(pipeline: Component, needing: str, needed: str) -> Place:
    """Return a binding that makes one step wait for another."""
    bindings = pipeline.steps[needing].parent_bindings
    return next(place for place, binding in bindings if binding.job == needed)


def unknown_binding(pipeline: Component, step: Step, binding: Binding) -> str | None:
    """Say what is wrong with a ``parent.`` binding of a step, or None when it resolves or may resolve."""
    if binding.scope == grammar.PARENT_INPUT:
        unused = partial(_unused, pipeline, grammar.PARENT_INPUT, pipeline.inputs)
        return _unknown("pipeline has no input", binding.name, pipeline.inputs, unused)
    if binding.scope == grammar.PARENT_OUTPUT:
        unused = partial(_unused, pipeline, grammar.PARENT_OUTPUT, pipeline.outputs)
        return _unknown("pipeline has no output", binding.name, pipeline.outputs, unused)
    if binding.scope is None:
        return (
            f"{binding.text} is not a binding; expected parent.inputs.<name>, parent.outputs.<name> or "
            "parent.jobs.<job>.outputs.<name>"
        )
    if binding.job == step.name:
        return f"the step '{step.name}' cannot be bound to itself"
    source = pipeline.steps.get(binding.job or "")
    if source is None:
        return _unknown_job(pipeline, step, binding.job or "")
    if source.component is None or source.component.base or not _has_known_ports(source, source.component):
        return None
    if binding.scope == grammar.JOB_INPUT:
        return _unknown(f"job '{source.name}' has no input", binding.name, source.component.inputs)
    return _unknown_output(source, source.component, binding.name)


def _unknown_output(step: Step, component: Component, name: str) -> str | None:
    """Say that a step has no such output; what it, or its command, names and lacks is told there."""
    texts = (value for _, value in run_texts(component))
    used = (each for text in texts for each in find_bindings(text) if each.scope == grammar.OUTPUT)
    if any(each.name == name for each in used):
        return None
    return _unknown(f"job '{step.name}' has no output", name, {**step.outputs, **component.outputs})


def _unknown_job(pipeline: Component, step: Step, name: str) -> str | None:
    known = [str(each) for each in mapping(pipeline.data.get("jobs")) if each != step.name]
    near = nearest(name, known)
    if near and not JOB_NAME.fullmatch(near) and JOB_NAME.fullmatch(name):
        return None  # the job's own name is what is wrong, and told there
    return _unknown("pipeline has no job", name, known)


def _has_known_ports(step: Step, component: Component) -> bool:
    """Tell whether a step's ports can be read: the schema reports lists, and steps that run nothing."""
    data = component.data
    runs = not step.is_inline or step.type != "command" or "command" in data
    is_meant = not is_another(step.inputs, component)
    return runs and is_meant and is_readable(data, "inputs") and is_readable(data, "outputs")


def _unknown_bindings(pipeline: Component) -> Iterator[Finding]:
    for step in pipeline.steps.values():
        for place, binding in step.parent_bindings:
            if binding.scope is None or not (problem := unknown_binding(pipeline, step, binding)):
                continue
            if wrong := misspelt(pipeline.data, binding.parts[1]):
                text = f"'{wrong}' is not known here; did you mean '{binding.parts[1]}'?"
                key = Place(pipeline.document, (*pipeline.pointer, wrong))
                yield key.finding(UNKNOWN_BINDING, text, key=True, fix=key.fix(binding.parts[1], key=True))
            elif found := misplaced(pipeline.data, binding.parts[1]):
                key = Place(pipeline.document, (*pipeline.pointer, *found))
                text = f"'{found[1]}' is indented too far: move it out of '{found[0]}'"
                yield key.finding(UNKNOWN_BINDING, text, key=True)
            else:
                right = _meant(pipeline, step, binding)
                yield place.finding(UNKNOWN_BINDING, problem, fix=place.fix(right))


def _meant(pipeline: Component, step: Step, binding: Binding) -> str | None:
    """Return the binding that an unknown one was meant to be, or None."""
    source = pipeline.steps.get(binding.job or "")
    component = source.component if source and source is not step else None
    match binding.scope:
        case grammar.PARENT_INPUT:
            return put_near(binding.text, binding.name, pipeline.inputs)
        case grammar.PARENT_OUTPUT:
            return put_near(binding.text, binding.name, pipeline.outputs)
        case grammar.JOB_OUTPUT | grammar.JOB_INPUT if component:
            ports = component.outputs if binding.scope == grammar.JOB_OUTPUT else component.inputs
            return put_near(binding.text, binding.name, ports)
    near = nearest(binding.job, (name for name in pipeline.steps if name != step.name))
    return binding.text.replace(f".{binding.job}.", f".{near}.", 1) if near else None


def _unused(pipeline: Component, scope: str, ports: Collection[str]) -> set[str]:
    """Return the inputs or outputs of a pipeline that no step is bound to; none for several unknown names."""
    bindings = (each for step in pipeline.steps.values() for _, each in step.parent_bindings)
    bound = {each.name for each in bindings if each.scope == scope}
    return set(ports) - bound if len(bound - set(ports)) == 1 else set()


def _unknown(
    what: str, name: str, known: Collection[str], unused: Callable[[], Collection[str]] = tuple
) -> str | None:
    if name in known or any(str(each).startswith(f"{name}.") for each in known):
        return None
    return f"the {what} '{name}'{did_you_mean(name, known, unused())}"
