"""A repository's specs, linked: references followed, components attached to steps, bindings resolved.

``Project.link`` turns a document into a ``Component`` whose steps know their components. What does not
link (a missing file, an unknown binding, a cycle) becomes a finding in ``Project.findings``; the rest of
the graph is still usable, so that one mistake hides no other.
"""

import os
import re
from collections.abc import Iterator
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

from . import expressions as grammar
from .components import (
    COMPONENT_KEYS,
    Component,
    Port,
    Step,
    build_component,
    is_readable,
    mapping,
    misspelt,
    type_of,
)
from .document import Document, Pointer, load
from .expressions import Binding, find_bindings
from .finding import Finding, did_you_mean
from .kinds import is_flow, is_no_component, kind_of
from .paths import hint_for_missing, is_file, is_folder, is_yaml, siblings
from .references import ASSET, FILE, Reference, parse_reference
from .scopes import check_scopes, finding_at

SKIPPED_FOLDERS = {"node_modules", "site-packages", "__pycache__", "venv", "env.bak"}


class Project:
    """The specs below ``root``; documents are read once and components linked once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.findings: list[Finding] = []
        self.components: dict[tuple[Path, Pointer], Component] = {}
        self._documents: dict[Path, Document] = {}
        self._linking: list[Path] = []

    # Documents

    def document(self, path: Path) -> Document:
        """Return the document at ``path``, read at most once."""
        key = Path(os.path.abspath(path))
        if key not in self._documents:
            self._documents[key] = load(Path(os.path.normpath(path)))
        return self._documents[key]

    @property
    def documents(self) -> list[Document]:
        """Every document read so far."""
        return list(self._documents.values())

    @cached_property
    def assets(self) -> dict[tuple[str, str], list[Document]]:
        """The repository's specs that have a name, by (kind, name)."""
        found: dict[tuple[str, str], list[Document]] = {}
        for path in yaml_files(self.root):
            document = self.document(path)
            kind = kind_of(document)
            if kind and document.data.get("name"):
                found.setdefault((kind, str(document.data["name"])), []).append(document)
        return found

    def find_asset(self, asset: str, reference: Reference, near: Path) -> Document | None:
        """Return the spec in this repository that ``azureml:name:version`` or ``name@label`` names.

        Without a version the highest counts, as ``latest`` does; among equals, the nearest to ``near``.
        """
        candidates = self.assets.get((asset, reference.name), [])
        if reference.version is not None:
            candidates = [each for each in candidates if _version(each) in (reference.version, "")]
        best = sorted(candidates, key=lambda each: (_version_order(each), _closeness(each.path, near)))
        return best[-1] if best else None

    # Linking

    def link(self, path: Path) -> Component | None:
        """Return the linked job or component in a file; None when it holds no mapping."""
        document = self.document(path)
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
            self._link_base(component)
            for name, data in mapping(component.data.get("jobs")).items():
                if isinstance(data, dict):
                    component.steps[name] = self._step(component, name, data)
            self._linking.pop()
            if not _has_twins(component):
                self.findings += dict.fromkeys(_unknown_bindings(component))
                self._check_cycles(component)
            self.findings += dict.fromkeys(check_scopes(component))
        return self.components[key]

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
        if "type" not in data and step.component:
            step.type = step.component.type
        return step

    def _referenced(self, document: Document, pointer: Pointer, reference: Reference) -> Component | None:
        """Return the component that a reference names; None, with a finding where one is due."""
        if reference.kind == ASSET:
            target = self.find_asset("component", reference, document.path)
        elif reference.kind == FILE and not find_bindings(reference.text):
            target = self._referenced_file(document, pointer, reference)
        else:
            target = None
        if target is None or not isinstance(target.data, dict) or is_flow(target):
            return None
        if is_no_component(target):
            return None
        path = Path(os.path.abspath(target.path))
        if path in self._linking:
            self.findings.append(document.finding("cycle", f"{reference.text} contains itself", pointer))
            return None
        return self.component(target, (), is_job=False)

    def _referenced_file(self, document: Document, pointer: Pointer, reference: Reference) -> Document | None:
        base = document.path.parent
        path = reference.resolve(base)
        if is_file(path):
            # What is wrong with a script's text as YAML helps nobody.
            target = self.document(path) if is_yaml(path) else load(path)
            if isinstance(target.data, dict) or (target.findings and is_yaml(path)):
                return target
            what = "holds no component: a mapping in YAML was expected"
        else:
            what = "is a folder, not a component file" if is_folder(path) else "does not exist"
        names = filter(is_yaml, siblings(path, document.path))
        hint = hint_for_missing(reference.path, base, document.path, names)
        text = f"the component file {reference.path} {what}{hint}"
        self.findings.append(document.finding("missing-file", text, pointer))
        return None

    # Bindings

    def _check_cycles(self, pipeline: Component) -> None:
        try:
            step_order(pipeline)
        except CycleError as error:
            names = list(reversed(error.args[1]))
            (pointer, value, binding), *rest = (_edge(pipeline, *pair) for pair in pairwise(names))
            related = tuple(pipeline.document.related("and this", each, key=False) for each, *_ in rest)
            text = f"these steps wait for each other: {' -> '.join(map(str, names))}"
            place = (pipeline.document, "cycle", text, pointer, binding.text, value[: binding.start])
            self.findings.append(finding_at(*place, related=related))


def _has_twins(pipeline: Component) -> bool:
    """Tell whether two steps have one name: the first is lost, and with it what the bindings meant."""
    node = pipeline.document.node((*pipeline.pointer, "jobs")) if pipeline.steps else None
    keys = [key.data for key, _ in node.children or () if key] if node else []
    return len(set(keys)) < len(keys)


def _edge(pipeline: Component, needing: str, needed: str) -> tuple[Pointer, str, Binding]:
    """Return a binding that makes one step wait for another, as ``parent_bindings`` does."""
    return next(each for each in parent_bindings(pipeline.steps[needing]) if each[2].job == needed)


def parent_bindings(step: Step) -> Iterator[tuple[Pointer, str, Binding]]:
    """Yield (pointer, text there, binding) of everything a step binds to its pipeline."""
    for pointer, value in step.pointers():
        for binding in find_bindings(value):
            if binding.parts[0] == "parent":
                yield pointer, value, binding


def resolve(pipeline: Component, binding: Binding) -> Port | None:
    """Return the port that a ``parent.`` binding refers to; None when unknown, or not known here."""
    if binding.scope == grammar.PARENT_INPUT:
        return pipeline.inputs.get(binding.name)
    if binding.scope == grammar.PARENT_OUTPUT:
        return pipeline.outputs.get(binding.name)
    step = pipeline.steps.get(binding.job or "")
    if step is None:
        return None
    if binding.scope == grammar.JOB_INPUT:
        return step.component.inputs.get(binding.name) if step.component else None
    return step_output(step, binding.name)


def step_output(step: Step, name: str) -> Port | None:
    """Return an output of a step: as its component declares it, else as the step itself does."""
    component = step.component
    while component is not None:
        if name in component.outputs:
            return component.outputs[name]
        component = component.base
    return None


def unknown_binding(pipeline: Component, step: Step, binding: Binding) -> str | None:
    """Say what is wrong with a ``parent.`` binding of a step, or None when it resolves or may resolve."""
    if binding.scope == grammar.PARENT_INPUT:
        return _unknown("pipeline has no input", binding.name, pipeline.inputs)
    if binding.scope == grammar.PARENT_OUTPUT:
        return _unknown("pipeline has no output", binding.name, pipeline.outputs)
    if binding.scope is None:
        return (
            f"{binding.text} is no binding: parent.inputs.<name>, parent.outputs.<name> or "
            "parent.jobs.<job>.outputs.<name> was expected"
        )
    if binding.job == step.name:
        return f"the step '{step.name}' cannot be bound to itself"
    source = pipeline.steps.get(binding.job or "")
    if source is None:
        known = [name for name in mapping(pipeline.data.get("jobs")) if name != step.name]
        return _unknown("pipeline has no job", binding.job or "", known)
    if source.component is None or source.component.base or not _has_known_ports(source):
        return None
    if binding.scope == grammar.JOB_INPUT:
        return _unknown(f"job '{source.name}' has no input", binding.name, source.component.inputs)
    return _unknown(f"job '{source.name}' has no output", binding.name, source.component.outputs)


def _has_known_ports(step: Step) -> bool:
    """Tell whether a step's ports can be read: the schema reports lists, and steps that run nothing."""
    data = step.component.data
    runs = not step.is_inline or step.type != "command" or "command" in data
    return runs and is_readable(data, "inputs") and is_readable(data, "outputs")


def _unknown_bindings(pipeline: Component) -> Iterator[Finding]:
    for step in pipeline.steps.values():
        for pointer, value, binding in parent_bindings(step):
            if binding.scope is None or not (problem := unknown_binding(pipeline, step, binding)):
                continue
            if wrong := misspelt(pipeline.data, binding.parts[1]):
                text = f"'{wrong}' is not known here; did you mean '{binding.parts[1]}'?"
                yield pipeline.document.finding("unknown-binding", text, (*pipeline.pointer, wrong), key=True)
            else:
                before = value[: binding.start]
                yield finding_at(step.document, "unknown-binding", problem, pointer, binding.text, before)


def _unknown(what: str, name: str, known: object) -> str | None:
    if name in known or any(str(each).startswith(f"{name}.") for each in known):
        return None
    return f"the {what} '{name}'{did_you_mean(name, known)}"


def dependencies(pipeline: Component) -> dict[str, set[str]]:
    """Return, for each step, the steps whose outputs it takes."""
    needs: dict[str, set[str]] = {name: set() for name in pipeline.steps}
    for step in pipeline.steps.values():
        for _, _, binding in parent_bindings(step):
            if binding.job in pipeline.steps and binding.job != step.name:
                needs[step.name].add(binding.job)
    return needs


def step_order(pipeline: Component) -> list[str]:
    """Return the steps' names in an order they can run in; raise ``graphlib.CycleError``."""
    return list(TopologicalSorter(dependencies(pipeline)).static_order())


# The repository


def repository_root(path: Path) -> Path:
    """Return the nearest folder at or above ``path`` that git keeps, else ``path``'s own folder."""
    folder = path if path.is_dir() else path.parent
    absolute = Path(os.path.abspath(folder))
    return next((each for each in (absolute, *absolute.parents) if (each / ".git").exists()), folder)


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files below a folder, in order; hidden folders and installed packages left out."""
    for current, folders, files in os.walk(folder):
        here = Path(current)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in SKIPPED_FOLDERS
            and not (here / name / "pyvenv.cfg").exists()
        )
        yield from (here / name for name in sorted(files) if name.lower().endswith((".yml", ".yaml")))


def _version(document: Document) -> str:
    version = mapping(document.data).get("version")
    return "" if version is None else str(version)


def _version_order(document: Document) -> list[tuple[int, int | str]]:
    parts = re.findall(r"\d+|\D+", _version(document))
    return [(1, int(part)) if part.isdigit() else (0, part) for part in parts]


def _closeness(path: Path, near: Path) -> int:
    shared = os.path.commonpath([os.path.abspath(path), os.path.abspath(near)])
    return len(shared)
