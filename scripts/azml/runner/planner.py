"""A linked job -> its plan. No side effects.

Nested pipeline components are opened up: what is left are command and sweep steps, each with a value for
every input (a literal, local data, an address, or another step's output). What cannot be run here as
Azure ML would run it becomes a finding, and then nothing is run.
"""

import re
from collections.abc import Iterable

from azml.core import expressions as grammar
from azml.core.bindings import resolve, step_order
from azml.core.components import DEFAULT_DATA_TYPE, LITERAL_TYPES, Component, Port, Step, port_type
from azml.core.document import Document
from azml.core.expressions import Binding, find_bindings, render, whole_binding
from azml.core.finding import ERROR, WARNING, Finding, did_you_mean
from azml.core.place import Place
from azml.core.project import Project
from azml.core.references import ASSET, FILE, REMOTE, Reference, parse_reference
from azml.core.values import mapping

from .plan import Literal, LocalData, Plan, PlannedStep, RemoteData, Scope, StepOutput, Value
from .snapshot import SnapshotError, snapshot_sources
from .sweep import SweepError, positive, read_sweep

RULE = "local-run"
ADDRESSES = ("http://", "https://", "wasbs://", "wasb://")
# Steps that run when all others are done or not begun yet: no job of the graph.
HOOKS = ("on_init", "on_finalize")
# The settings of a step in which bindings mean something here; compute and the like have no effect.
BOUND_SETTINGS = ("limits", "environment_variables")
REMOTE_TYPES = (
    *("parallel", "spark", "automl", "data_transfer", "import", "if_else", "do_while", "parallel_for"),
    *("finetuning", "distillation"),
)
# Keys of jobs, steps and components that hold text or mappings, whatever the kind.
TEXTS = ("type", "command", "code", "display_name", "experiment_name")
MAPPINGS = ("inputs", "outputs", "environment_variables", "limits", "settings", "tags")
# Names become folders; Azure ML allows less (azure-ai-ml _schema/core/fields.py).
_NAME = re.compile(r"\w[\w.\-]*")


def make_plan(project: Project, job: Component) -> Plan:
    """Return the plan of a pipeline, command or sweep job; ``plan.findings`` says what cannot be run."""
    return _Planner(project, job).plan()


class _Planner:
    def __init__(self, project: Project, job: Component) -> None:
        self.project, self.job = project, job
        self.steps: list[PlannedStep] = []
        self.findings: list[Finding] = []

    def plan(self) -> Plan:
        """Return the plan of the whole job."""
        job, place = self.job, Place(self.job.document, ())
        self._check_shapes(place, job.data)
        declaring = job.base if job.base and job.base.inputs else job
        values = self._inputs(declaring, place, job.data, Scope())
        literals = {name: value.text for name, value in values.items() if isinstance(value, Literal)}
        outputs: dict[str, StepOutput] = {}
        key = "component" if job.type == "pipeline" else "trial"
        if key in job.data and job.base is None:
            self._refuse_unlinked(place.below(key))
        elif job.type == "pipeline":
            for hook in HOOKS:
                if hook in mapping(job.data.get("settings")):
                    self.refuse(place.below("settings", hook), f"{hook} runs on Azure ML only", key=True)
            outputs = self._pipeline(job.base or job, "", values)
        else:
            name = re.sub(r"[^\w.\-]", "_", str(job.data.get("name") or job.document.path.stem))
            self._leaf(PlannedStep(name, job, place, job.data, values), job.type)
            outputs = {output: StepOutput(name, output) for output in job.outputs}
        return Plan(job, self.steps, outputs, literals, self.findings)

    def refuse(self, place: Place, message: str, key: bool = False, severity: str = ERROR) -> None:
        """Record something that cannot be run here, or that Azure ML leaves out (a warning)."""
        self.findings.append(place.finding(RULE, message, key, severity=severity))

    # Steps

    def _pipeline(self, pipeline: Component, prefix: str, given: dict[str, Value]) -> dict[str, StepOutput]:
        """Plan the steps of a pipeline; return what each of its outputs is."""
        place = Place(pipeline.document, (*pipeline.pointer, "jobs"))
        self._check_shapes(Place(pipeline.document, pipeline.pointer), pipeline.data)
        jobs = mapping(pipeline.data.get("jobs"))
        if not jobs:
            self.refuse(Place(pipeline.document, pipeline.pointer), "this pipeline has no jobs to run")
        for name in jobs:
            if name not in pipeline.steps:
                self.refuse(place.below(name), "a job was expected here: a mapping")
        self._check_names(place, pipeline.steps)
        scope = Scope(given)
        gathered: dict[str, StepOutput] = {}
        for name in step_order(pipeline):
            step = pipeline.steps[name]
            scope.siblings[name] = self._step(step, prefix, scope)
            for output, value in step.outputs.items():
                bound = whole_binding(value if isinstance(value, str) else mapping(value).get("path"))
                source = scope.siblings[name].get(f"outputs.{output}")
                if bound and bound.scope == grammar.PARENT_OUTPUT and isinstance(source, StepOutput):
                    if bound.name in gathered:
                        text = f"{bound.text} is written by '{gathered[bound.name].step}' already"
                        self.refuse(place.below(name, "outputs", output), text)
                    gathered[bound.name] = source
        return gathered

    def _step(self, step: Step, prefix: str, scope: Scope) -> dict[str, Value]:
        """Plan one step; return what it takes and leaves, for its siblings to refer to."""
        component, place = step.component, Place(step.document, step.pointer)
        self._check_shapes(place, step.data)
        if component is None:
            self._refuse_unlinked(place.below("component" if "component" in step.data else "trial"))
            return {}
        values = self._inputs(component, place, step.data, scope)
        identity = f"{prefix}{step.name}"
        if component.type == "pipeline":
            outputs: dict[str, StepOutput] = self._pipeline(component, f"{identity}.", values)
        else:
            planned = PlannedStep(identity, component, place, self._settings(place, step.data, scope), values)
            self._leaf(planned, "sweep" if step.type == "sweep" else component.type, step.pipeline)
            outputs = {name: StepOutput(identity, name) for name in planned.outputs}
        taken = {f"inputs.{name}": value for name, value in values.items()}
        return taken | {f"outputs.{name}": value for name, value in outputs.items()}

    def _settings(self, place: Place, data: dict, scope: Scope) -> dict:
        """Return what a step says of itself, with the pipeline's inputs in its limits and variables.

        azure-ai-ml takes bindings in any setting of a step (``_schema/pipeline/component_job.py``).
        """
        filled = {}
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

        return render(value, fill) if find_bindings(value) else value

    def _refuse_unlinked(self, place: Place) -> None:
        """Say why nothing is known of the component named at ``place``."""
        text = place.document.get(place.pointer)
        if not isinstance(text, str) or not text.strip():
            self.refuse(place, "a component was expected here: a file or azureml:<name>:<version>")
            return
        reference = parse_reference(text)
        file = reference.resolve(place.document.path.parent)
        if reference.kind == FILE and file.is_file():
            broken = [each for each in self.project.document(file).findings if each.severity == ERROR]
            self.findings += broken
            if not broken:
                self.refuse(place, f"{text} is no component that can run here")
            return
        known = [name for kind, name in self.project.assets if kind == "component"]
        hint = did_you_mean(reference.name, known) if reference.kind == ASSET else ""
        self.refuse(place, f"the component {text} is not among this repository's specs{hint}")

    def _leaf(self, step: PlannedStep, kind: str, pipeline: Component | None = None) -> None:
        """Plan one step that runs a command."""
        self.steps.append(step)
        if kind not in ("command", "sweep"):
            remote = f"{kind} steps run on Azure ML only; command, sweep and pipeline steps run here"
            hint = did_you_mean(kind, ("command", "sweep", "pipeline", *REMOTE_TYPES))
            unknown = f"there is no step type '{kind}'{hint}"
            self.refuse(step.place, remote if kind in REMOTE_TYPES else unknown, key=True)
            return
        self._check_shapes(Place(step.trial.document, step.trial.pointer), step.trial.data)
        ports = {**step.trial.outputs, **step.component.outputs}
        for name in mapping(step.settings.get("outputs")):
            if name not in ports:
                text = f"left out: the component has no output '{name}'{did_you_mean(name, ports)}"
                self.refuse(step.place.below("outputs", name), text, key=True, severity=WARNING)
        step.outputs = {name: _output_type(port, pipeline) for name, port in ports.items()}
        self._check_names(step.place.below("inputs"), step.inputs)
        self._check_names(step.place.below("outputs"), step.outputs)
        try:
            snapshot_sources(step.trial)
            limits = mapping(step.settings.get("limits"))
            for name in ("timeout", "trial_timeout"):
                positive(limits, name, float)
            step.sweep = read_sweep(step.settings) if kind == "sweep" else None
        except SnapshotError as error:
            self.refuse(Place(step.trial.document, (*step.trial.pointer, *error.pointer)), str(error))
        except SweepError as error:
            self.refuse(step.place.below(*error.pointer), str(error))
        self._check_command(step)

    def _check_shapes(self, place: Place, data: dict) -> None:
        """Refuse what the rest of the plan would pass over: text or mappings of another shape."""
        for key in (*TEXTS, *MAPPINGS):
            kind, word = (str, "text") if key in TEXTS else (dict, "a mapping")
            if not isinstance(data.get(key), kind | None):
                self.refuse(place.below(key), f"{word} was expected under '{key}'")

    def _check_names(self, place: Place, names: Iterable[str]) -> None:
        for name in names:
            if not _NAME.fullmatch(str(name)):
                text = f"'{name}' is no name: letters, digits and underscores were expected"
                self.refuse(place.below(name), text, key=True)

    def _check_command(self, step: PlannedStep) -> None:
        trial = step.trial
        if not step.command.strip():
            self.refuse(Place(trial.document, trial.pointer), "there is no command to run")
        searched = mapping(step.settings.get("search_space"))
        known = {
            grammar.INPUT: {**step.inputs, **searched},
            grammar.OUTPUT: step.outputs,
            grammar.SEARCH_SPACE: searched,
        }
        for binding in find_bindings(step.command):
            names = known.get(binding.scope or "", {})
            if binding.name not in names:
                text = f"nothing is declared for {binding.text}{did_you_mean(binding.name, names)}"
                command = Place(trial.document, (*trial.pointer, "command"))
                self.refuse(command.part(binding.start, binding.end), text)

    # Values

    def _inputs(self, component: Component, place: Place, data: dict, scope: Scope) -> dict[str, Value]:
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
        if value is None or port is None:
            return
        if port.is_data and isinstance(value, Literal):
            text = f"'{port.name}' takes data ({port.type}), not the literal '{value.text}'; give it as path:"
            self.refuse(place, text)
        elif port.is_literal and not isinstance(value, Literal):
            self.refuse(place, f"'{port.name}' takes a {port.type}, not data")

    def _value(self, place: Place, value: object, port: Port | None, scope: Scope) -> Value:
        """Return what an input's value, as written, stands for."""
        is_data = False
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
            return None
        if bound := whole_binding(value):
            return scope.value(bound)
        text = render(str(value), lambda binding: self._inside(place, binding, scope))
        return self._data(place, text, place.document) if is_data else Literal(text)

    def _no_value(self, place: Place, value: dict, port: Port | None) -> None:
        if port and port.optional:
            return
        if "type" not in value and "path" not in value:
            self.refuse(place, "a value was expected here, or a mapping with its 'path'", key=True)
        elif port_type(value) not in LITERAL_TYPES:
            self.refuse(place, f"this input has no path{self._remedy(place.below('path'))}", key=True)
        else:  # a component's file, or a job that declares its inputs as a component does
            key = ".".join(str(part) for part in place.pointer)
            self.refuse(place, f"this input has no value; give one by --set {key}=VALUE", key=True)

    def _inside(self, place: Place, bound: Binding, scope: Scope) -> str:
        """Return what a binding inside a longer text stands for."""
        value = scope.value(bound)
        if value is not None and not isinstance(value, Literal):
            self.refuse(place, f"{bound.text} is data and cannot be part of a longer text here")
        return str(value) if isinstance(value, Literal) else ""

    def _data(self, place: Place, text: str, base: Document) -> Value:
        """Return the data that a path, written in ``base``, names; ``place`` is the input that takes it."""
        reference = parse_reference(text)
        if reference.kind == FILE:
            path = reference.resolve(base.path.parent)
            if path.exists():
                return LocalData(path)
            self.refuse(place, f"the data {text} does not exist")
        elif reference.kind == REMOTE and text.startswith(ADDRESSES):
            return RemoteData(text)
        elif reference.kind == ASSET:
            return self._asset(place, reference)
        else:
            self.refuse(place, f"{text} is out of reach from here{self._remedy(place)}")
        return None

    def _asset(self, place: Place, reference: Reference) -> Value:
        for kind in ("data", "model"):
            found = self.project.find_asset(kind, reference, place.document.path)
            path = mapping(found.data).get("path") if found else None
            if isinstance(path, str) and path != reference.text:
                return self._data(place, path, found)
        known = [name for kind, name in self.project.assets if kind in ("data", "model")]
        hint = did_you_mean(reference.name, known)
        text = f"{reference.text} is not among this repository's data and model specs{hint}"
        self.refuse(place, f"{text}{self._remedy(place)}")
        return None

    def _remedy(self, place: Place) -> str:
        if place.document is not self.job.document:
            return "; give local data in its place"
        return f"; give local data by --set {'.'.join(str(part) for part in place.pointer)}=PATH"


def _output_type(port: Port, pipeline: Component | None) -> str:
    """Return an output's type: an inline step's is that of the pipeline output that it is bound to.

    Source: azure-ai-ml ``entities/_job/pipeline/_component_translatable.py``.
    """
    bound = whole_binding(port.data if isinstance(port.data, str) else port.option("path"))
    target = resolve(pipeline, bound) if bound and pipeline else None
    return port.type or (target.type if target else None) or DEFAULT_DATA_TYPE
