"""The value of each input of a job or step: a literal, local data, an address or another step's output."""

import os
from pathlib import Path

from azml.core import expressions as grammar
from azml.core.components import LITERAL_TYPES, Component, Port, port_type
from azml.core.document import Document
from azml.core.expressions import Binding, find_bindings, render, whole_binding
from azml.core.finding import ERROR, WARNING, Finding, did_you_mean
from azml.core.home import HOME
from azml.core.place import Place
from azml.core.project import Project
from azml.core.references import ASSET, FILE, REMOTE, Reference, parse_reference
from azml.core.show import show_path
from azml.core.values import mapping

from ..data.registered import Registered
from ..plan import REFUSED, Literal, LocalData, RemoteData, Scope, Value

RULE = "local-run"
ADDRESSES = ("http://", "https://", "wasbs://", "wasb://")
# The settings of a step in which bindings have a meaning here; compute and the like have no effect.
BOUND_SETTINGS = ("limits", "environment_variables")


class Report:
    """The findings of the planner."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def refuse(self, place: Place, message: str, key: bool = False, severity: str = ERROR) -> None:
        """Report what cannot run here, or what Azure ML leaves out (a warning)."""
        self.findings.append(place.finding(RULE, message, key, severity=severity))


class Inputs:
    """Reads the inputs of a job and its steps; what has no value here is refused in ``report``."""

    def __init__(self, project: Project, job: Component, report: Report) -> None:
        self.project, self.job = project, job
        self.refuse = report.refuse
        self.registered = Registered(HOME.absolute())

    def of(self, component: Component, place: Place, data: dict, scope: Scope) -> dict[str, Value]:
        """Return the value of each input that a job or step gives to a component, defaults filled in."""
        values: dict[str, Value] = {}
        for name, written in mapping(data.get("inputs")).items():
            port, here = component.inputs.get(str(name)), place.below("inputs", name)
            if port is None:
                self._undeclared(here, str(name), component)
                continue
            values[str(name)] = self._value(here, written, port, scope)
            self._check_family(here, port, values[str(name)])
        searched = mapping(data.get("search_space"))
        for name, port in component.inputs.items():
            if values.get(name) is None and name not in searched:
                default = port.option("default")
                values[name] = None if default is None else Literal(str(default))
                if port.required and component.data is not data:
                    text = f"the required input '{name}' has no value"
                    self.refuse(place, text, key=True)
        return values

    def _undeclared(self, place: Place, name: str, component: Component) -> None:
        """Report an input that the component does not declare.

        What a step gives is left out, as by azure-ai-ml (``entities/_builders/base_node.py``).
        """
        text = f"the component has no input '{name}'{did_you_mean(name, component.inputs)}"
        if place.pointer[0] == "jobs":
            self.refuse(place, f"left out: {text}", key=True, severity=WARNING)
        else:
            self.refuse(place, text, key=True)

    def _check_family(self, place: Place, port: Port | None, value: Value) -> None:
        """Refuse a literal where the component takes data, and data where it takes a literal."""
        if value is None or value is REFUSED or port is None:
            return
        if port.is_data and isinstance(value, Literal):
            text = f"'{port.name}' takes data ({port.type}), not the literal '{value.text}'; give it as path:"
            self.refuse(place, text)
        elif port.is_literal and not isinstance(value, Literal):
            self.refuse(place, f"'{port.name}' takes a {port.type}, not data")

    def _value(self, place: Place, value: object, port: Port | None, scope: Scope) -> Value:
        """Return what an input's value, as written, stands for."""
        # A step's text for data is a path (azure-ai-ml entities/_job/pipeline/_io/base.py, _build_data).
        is_data = bool(port and port.is_data and isinstance(value, str))
        if isinstance(value, dict):
            key = next((key for key in ("path", "value", "default") if value.get(key) is not None), None)
            if key is None:
                return self._no_value(place, value, port)
            is_data = key == "path" and port_type(value) not in LITERAL_TYPES
            place, value = place.below(key), value[key]
        if value is None:
            return None
        if not isinstance(value, str | int | float):
            self.refuse(place, "a text, a number, true or false was expected; quote it if it is text")
            return REFUSED
        if bound := whole_binding(value):
            return scope.value(bound)
        text = render(str(value), lambda binding: self._inside(place, binding, scope))
        return self._data(place, text, place.document) if is_data else Literal(text)

    def _no_value(self, place: Place, value: dict, port: Port | None) -> Value:
        if port and port.optional:
            return None
        if "type" not in value and "path" not in value:
            self.refuse(place, "a value was expected here, or a mapping with its 'path'", key=True)
        elif port_type(value) not in LITERAL_TYPES:
            self.refuse(place, f"this input has no path{self._remedy(place.below('path'))}", key=True)
        else:  # a component's file, or a job that declares its inputs as a component does
            key = ".".join(str(part) for part in place.pointer)
            self.refuse(place, f"this input has no value; give one by --set {key}=VALUE", key=True)
        return REFUSED

    def _inside(self, place: Place, bound: Binding, scope: Scope) -> str:
        """Return what a binding inside a longer text stands for."""
        value = scope.value(bound)
        if value is not None and not isinstance(value, Literal):
            self.refuse(place, f"{bound.text} is data and cannot be part of a longer text here")
        return str(value) if isinstance(value, Literal) else ""

    def _data(self, place: Place, text: str, base: Document, asset: str = "") -> Value:
        """Return the data that a path, written in ``base``, names; ``place`` is the input that takes it.

        ``asset`` is how the input names it, where ``base`` is the spec of registered data.
        """
        reference = parse_reference(text)
        if stand_in := self.project.stand_ins.find(text):
            if stand_in.exists():
                return LocalData(stand_in)
            self.refuse(place, f"{stand_in}, which stands in for {text}, does not exist")
        elif reference.kind == FILE:
            path = reference.resolve(base.path.parent)
            if not path.exists():
                remedy = f" ({show_path(str(base.path))}){self._remedy(place, asset)}" if asset else ""
                self.refuse(place, f"the data {text} does not exist{remedy}")
            elif Path(os.path.realpath(path)) in (HOME.resolve(), HOME.resolve() / "runs"):
                self.refuse(place, f"{text} is where the runner works: it changes while it is read")
            else:
                return LocalData(path)
        elif reference.kind == REMOTE and text.startswith(ADDRESSES):
            return RemoteData(text, self._remedy(place, text))
        elif reference.kind == ASSET:
            return self._asset(place, reference)
        else:
            self.refuse(place, f"{text} is out of reach from here{self._remedy(place, asset or text)}")
        return REFUSED

    def _asset(self, place: Place, reference: Reference) -> Value:
        if registered := self.registered.find(reference):
            return LocalData(registered)
        for kind in ("data", "model"):
            found = self.project.find_asset(kind, reference, place.document.path)
            path = mapping(found.data).get("path") if found else None
            if found and isinstance(path, str) and path != reference.text:
                return self._data(place, path, found, reference.text)
        known = [name for kind, name in self.project.assets if kind in ("data", "model")]
        text = f"{reference.text} is not among this repository's data and model specs, nor registered here"
        text += self.registered.hint(reference.name, known)
        self.refuse(place, f"{text}{self._remedy(place, reference.text)}")
        return REFUSED

    def _remedy(self, place: Place, text: str = "") -> str:
        """Return how to give local data: once by --set, for every run in the table of stand-ins."""
        always = self.project.stand_ins.line(text) if text else "give local data there"
        if place.document is not self.job.document:
            return f"; {always}"
        key = ".".join(str(part) for part in place.pointer)
        return f"; give local data by --set {key}=PATH{f', or {always}' if text else ''}"

    # Settings

    def settings(self, place: Place, data: dict, scope: Scope) -> dict:
        """Return a step's own settings, the pipeline's inputs filled into its limits and variables.

        azure-ai-ml takes bindings in any setting of a step (``_schema/pipeline/component_job.py``).
        """
        filled: dict[str, dict] = {}
        for key in BOUND_SETTINGS:
            for name, value in mapping(data.get(key)).items():
                filled.setdefault(key, {})[name] = self._filled(place.below(key, name), value, scope)
        return data | filled

    def _filled(self, place: Place, value: object, scope: Scope) -> object:
        """Return a setting with its bindings to the pipeline's inputs filled in; others stay text."""

        def fill(binding: Binding) -> str:
            if binding.scope == grammar.PARENT_INPUT:
                return self._inside(place, binding, scope)
            text = f"{binding.text} stays text here; only ${{{{parent.inputs.<name>}}}} is filled in"
            self.refuse(place, text, severity=WARNING)
            return binding.text

        return render(str(value), fill) if find_bindings(value) else value
