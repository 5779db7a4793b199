"""What runs: components, jobs and the steps of a pipeline, with the inputs and outputs they declare.

A component file, an inline job, a standalone job and a pipeline are all a ``Component`` here: something
with inputs, outputs and, for a pipeline, steps. Building them never fails: what has the wrong shape is
left out, for the schema to report.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .document import Document, Pointer
from .expressions import Binding, find_bindings, whole_binding
from .finding import NEARLY_THE_SAME, nearest
from .place import Place
from .references import Reference
from .values import mapping

# https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command
LITERAL_TYPES = ("string", "number", "integer", "boolean")
DATA_TYPES = ("uri_file", "uri_folder", "mltable", "mlflow_model", "custom_model", "triton_model")
DEFAULT_DATA_TYPE = "uri_folder"

SECTIONS = ("inputs", "outputs", "jobs")
# Keys of a step under which another component stands, with a scope of its own.
COMPONENT_KEYS = ("component", "trial")


@dataclass(frozen=True)
class Port:
    """An input or output that a component declares; ``type`` is None where only its source can tell."""

    name: str
    data: object
    document: Document
    pointer: Pointer
    type: str | None

    @property
    def is_literal(self) -> bool:
        """Tell whether the port holds a number, string or boolean and not data."""
        return self.type in LITERAL_TYPES

    @property
    def is_data(self) -> bool:
        """Tell whether the port holds a file, folder, table or model."""
        return self.type in DATA_TYPES

    def option(self, key: str) -> object:
        """Return one of the declaration's own keys (``default``, ``min``, ``optional``, ...), or None."""
        return self.data.get(key) if isinstance(self.data, dict) else None

    @property
    def optional(self) -> bool:
        """Tell whether a step may leave this input without a value."""
        return str(self._meant("optional")).lower() not in ("none", "false")

    @property
    def required(self) -> bool:
        """Tell whether a step must give this input: no default and not optional."""
        return isinstance(self.data, dict) and not self.optional and self._meant("default") is None

    def _meant(self, key: str) -> object:
        data = mapping(self.data)
        return data.get(key, data.get(misspelt(data, key)))


# What only a step of this type has.
KEYS_OF_TYPES = {
    "command": {"command"},
    "sweep": {"trial", "search_space", "sampling_algorithm", "objective"},
    "pipeline": {"jobs"},
    "parallel": {"input_data", "mini_batch_size"},
    "spark": {"entry", "conf"},
}


@dataclass
class Step:
    """One entry of a pipeline's ``jobs``; ``component`` is None where no file here says what it is."""

    name: str
    pipeline: "Component"
    data: dict
    type: str
    component: "Component | None" = None
    reference: Reference | None = None

    @property
    def document(self) -> Document:
        """The document that the step stands in."""
        return self.pipeline.document

    @property
    def pointer(self) -> Pointer:
        """Where the step stands in its document."""
        return (*self.pipeline.pointer, "jobs", self.name)

    @property
    def is_inline(self) -> bool:
        """Tell whether the step is its own component: an inline job."""
        return self.component is not None and self.component.data is self.data

    @property
    def meant_type(self) -> str:
        """The type that the step ought to have: its component's, or the one that its keys belong to."""
        own_keys = KEYS_OF_TYPES.get(self.type, set())
        if "component" in self.data and own_keys.isdisjoint(self.data):
            is_told = self.component and isinstance(self.component.data.get("type"), str)
            told = self.component.type if self.component and is_told else self.type
            is_misspelt = told not in KEYS_OF_TYPES and nearest(told, KEYS_OF_TYPES, NEARLY_THE_SAME)
            return self.type if is_misspelt else told
        if not own_keys or not own_keys.isdisjoint(self.data):
            return self.type
        meant = [name for name, keys in KEYS_OF_TYPES.items() if not keys.isdisjoint(self.data)]
        return meant[0] if len(meant) == 1 else self.type

    @property
    def inputs(self) -> dict[str, object]:
        """The values that the step gives to its component's inputs, as written."""
        return mapping(self.data.get("inputs"))

    @property
    def outputs(self) -> dict[str, object]:
        """What the step says of its outputs, as written."""
        return mapping(self.data.get("outputs"))

    def pointers(self) -> Iterator[tuple[Pointer, object]]:
        """Yield (pointer, value) of every scalar that belongs to the step and not to its component."""
        inner = frozenset((*self.pointer, key) for key in COMPONENT_KEYS)
        return self.document.scalars(self.pointer, skip=inner)

    @cached_property
    def parent_bindings(self) -> list[tuple[Place, Binding]]:
        """Everything that the step binds to its pipeline, and where it stands."""
        return [
            (Place(self.document, pointer).part(binding.start, binding.end), binding)
            for pointer, value in self.pointers()
            for binding in find_bindings(value)
            if binding.parts[0] == "parent"
        ]


@dataclass(eq=False)
class Component:
    """Something with inputs and outputs: ``data`` is its mapping, at ``pointer`` in ``document``.

    ``base`` is the pipeline component that a pipeline job runs in place of ``jobs`` of its own.
    """

    document: Document
    pointer: Pointer
    data: dict
    type: str
    is_job: bool
    inputs: dict[str, Port] = field(default_factory=dict)
    outputs: dict[str, Port] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    base: "Component | None" = None

    @property
    def name(self) -> str:
        """The component's own name, or the file's."""
        return str(self.data.get("name") or self.document.path.stem)


def misspelt(data: dict, key: str) -> str | None:
    """Return the key of ``data`` that was probably meant to be ``key``, which is absent; or None."""
    if key in data:
        return None
    return nearest(key, (each for each in data if each not in SECTIONS))


def misplaced(data: dict, key: str) -> tuple[str, str] | None:
    """Return (outer, key) where the section ``key`` of ``data`` is indented too far, else None."""
    if key in data or key not in SECTIONS:
        return None
    for outer, value in data.items():
        holds_own = outer in ("jobs", *COMPONENT_KEYS)
        inner = value.get(key) if isinstance(value, dict) and not holds_own else None
        if isinstance(inner, dict) and not {"type", "path", "value"} & set(inner):
            return str(outer), key
    return None


def is_readable(data: dict, key: str) -> bool:
    """Tell whether the names under ``key`` can be relied on: a mapping or nothing, and no misspelled key."""
    is_here = isinstance(data.get(key), (dict, type(None)))
    return is_here and not misspelt(data, key) and not misplaced(data, key)


def is_another(given: Collection[str], component: Component) -> bool:
    """Tell whether a component has none of several given inputs, or names like them: another was meant."""
    known = {name.lower() for name in component.inputs}
    if len(given) < 2 or not is_readable(component.data, "inputs"):
        return False
    is_none = not any(str(name).split(".")[0].lower() in known for name in given)
    return is_none and not all(nearest(name, known) for name in given)


def type_of(data: dict, default: str = "command") -> str:
    """Return the kind of job or component that a mapping describes: its ``type``, else by its keys."""
    if isinstance(data.get("type"), str):
        return data["type"].lower()
    if "jobs" in data:
        return "pipeline"
    return "sweep" if "search_space" in data or "trial" in data else default


def build_component(document: Document, pointer: Pointer = (), is_job: bool = False) -> Component:
    """Return the component at ``pointer``, its steps not yet filled in (see ``project.Project``)."""
    data = mapping(document.get(pointer))
    component = Component(document, pointer, data, type_of(data), is_job)
    for kind, ports in (("inputs", component.inputs), ("outputs", component.outputs)):
        for name, value in mapping(data.get(kind)).items():
            place = (*pointer, kind, name)
            is_told = is_job or pointer or isinstance(value, dict)  # a component file holds no values
            told = port_type(value, kind, is_job) if is_told else None
            ports[str(name)] = Port(str(name), value, document, place, told)
    return component


def port_type(value: object, kind: str = "inputs", is_job: bool = True) -> str | None:
    """Return the type of an input or output from its declaration, or from the value that a job gives it.

    A job's data without a type is a folder (azure-ai-ml ``entities/_inputs_outputs/input.py``).
    """
    if isinstance(value, dict):
        return _declared_type(value, is_job or kind == "outputs")
    if value is None:
        return DEFAULT_DATA_TYPE if kind == "outputs" else None
    if whole_binding(value):
        return None
    for python_type, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string")):
        if isinstance(value, python_type):
            return name
    return None


def _declared_type(value: dict, has_default: bool) -> str | None:
    if "type" in value:
        name = value["type"].lower() if isinstance(value["type"], str) else None
        return None if name in LITERAL_TYPES and "path" in value else name
    if "value" in value:
        return port_type(value["value"])
    if whole_binding(value.get("path")):
        return None
    return DEFAULT_DATA_TYPE if has_default else None
