"""A linked job -> the steps to run, in order, with their inputs, outputs and commands. No side effects.

Nested pipeline components are opened up: what is left are command and sweep steps, each with a value for
every input (a literal, local data, an address, or another step's output). What cannot be run here as
Azure ML would run it becomes a finding, and then nothing is run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from azml.spec import binding as grammar
from azml.spec.binding import Binding, find_bindings, render, whole_binding
from azml.spec.component import LITERAL_TYPES, Component, Port, Step, mapping, port_type
from azml.spec.document import Document, Pointer
from azml.spec.finding import Finding, did_you_mean
from azml.spec.project import Project, binding_finding, step_order
from azml.spec.reference import ASSET, FILE, REMOTE, parse_reference

RULE = "local-run"

# Settings that mean something to Azure ML's machines only.
REMOTE_ONLY = (
    *("compute", "resources", "distribution", "identity", "services", "queue_settings", "early_termination"),
    *("shm_size", "docker_args", "instance_count", "instance_type", "default_compute", "default_datastore"),
)
ADDRESSES = ("http://", "https://", "wasbs://", "wasb://")


@dataclass(frozen=True)
class Literal:
    """A number, boolean or string, as the command will show it."""

    text: str


@dataclass(frozen=True)
class LocalData:
    """A file or folder on this machine."""

    path: Path


@dataclass(frozen=True)
class RemoteData:
    """A file that has to be downloaded first."""

    address: str


@dataclass(frozen=True)
class StepOutput:
    """What another step leaves in its output ``name``."""

    step: str
    name: str


# None stands for an optional input without a value.
Value = Literal | LocalData | RemoteData | StepOutput | None
# What the steps planned so far take and leave, by step and then by "inputs.<name>" or "outputs.<name>".
Siblings = dict[str, dict[str, Value]]


@dataclass
class PlannedStep:
    """One command or sweep to run; ``id`` is the job's name, for nested ones ``outer.inner``."""

    id: str
    kind: str
    component: Component
    document: Document
    pointer: Pointer
    settings: dict
    inputs: dict[str, Value] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The step's ``file:line:column``."""
        node = self.document.node(self.pointer, key=True)
        return f"{self.document.path}:{node.line}:{node.column}" if node else str(self.document.path)

    @property
    def needs(self) -> set[str]:
        """The steps whose outputs this one takes."""
        return {value.step for value in self.inputs.values() if isinstance(value, StepOutput)}

    def is_optional(self, name: str) -> bool:
        """Tell whether the step runs without a value for this input."""
        return name in self.trial.inputs and self.trial.inputs[name].optional

    @property
    def trial(self) -> Component:
        """What is executed: the component itself, or for a sweep its trial."""
        return self.component.base or self.component

    @property
    def command(self) -> str:
        """The command with its bindings, as written."""
        return str(self.trial.data.get("command") or "")

    def setting(self, name: str) -> object:
        """Return a setting of the step; a component's own ``limits`` and such are ignored by Azure ML."""
        return self.settings.get(name)

    @property
    def environment(self) -> tuple[Document, Pointer]:
        """Where the step's environment is named: the step's own, else its component's."""
        if "environment" in self.settings:
            return self.document, (*self.pointer, "environment")
        return self.trial.document, (*self.trial.pointer, "environment")

    @property
    def variables(self) -> dict[str, str]:
        """The spec's own environment variables."""
        given = mapping(self.settings.get("environment_variables"))
        return {str(name): str(value) for name, value in given.items()}


@dataclass
class Plan:
    """The whole job: its steps in an order they can run in, and which step gives each pipeline output."""

    job: Component
    steps: list[PlannedStep]
    outputs: dict[str, StepOutput]
    literals: dict[str, str]
    findings: list[Finding]

    @property
    def is_pipeline(self) -> bool:
        """Tell whether the job is a pipeline and not a single command or sweep job."""
        return self.job.type == "pipeline"

    @property
    def stops_on_failure(self) -> bool:
        """Tell whether one failed step cancels the others (settings.continue_on_step_failure: false)."""
        settings = mapping(self.job.data.get("settings"))
        return str(settings.get("continue_on_step_failure", True)).lower() == "false"

    @property
    def forces_rerun(self) -> bool:
        """Tell whether settings.force_rerun turns reuse off."""
        return str(mapping(self.job.data.get("settings")).get("force_rerun", False)).lower() == "true"

    def remote_only(self) -> list[str]:
        """Return the settings that have no effect on one machine."""
        mappings = [self.job.data, mapping(self.job.data.get("settings"))]
        mappings += [data for step in self.steps for data in (step.settings, step.trial.data)]
        return sorted({key for data in mappings for key in REMOTE_ONLY if key in data})


def make_plan(project: Project, job: Component) -> Plan:
    """Return the plan of a pipeline, command or sweep job; ``plan.findings`` says what cannot be run."""
    return _Planner(project).plan(job)


def render_command(step: PlannedStep, paths: Mapping[str, str], search_space: Mapping[str, str]) -> str:
    """Return the step's command; ``paths`` gives the path of each data input and ``outputs.<name>``."""

    def resolve(binding: Binding) -> str | None:
        if binding.scope == grammar.OUTPUT:
            return paths[f"outputs.{binding.name}"]
        if binding.scope == grammar.SEARCH_SPACE or binding.name in search_space:
            return search_space[binding.name]
        value = step.inputs.get(binding.name)
        return value.text if isinstance(value, Literal) else paths.get(f"inputs.{binding.name}")

    return render(step.command, resolve)


class _Planner:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.steps: list[PlannedStep] = []
        self.findings: list[Finding] = []

    def plan(self, job: Component) -> Plan:
        """Return the plan of the whole job."""
        values = {name: self._job_input(port) for name, port in job.inputs.items()}
        literals = {name: value.text for name, value in values.items() if isinstance(value, Literal)}
        if job.type == "pipeline":
            outputs = self._pipeline(job.base or job, "", self._defaults(job, values))
        else:
            name = str(job.data.get("name") or job.document.path.stem)
            self._leaf(name, job.type, job, job.document, job.pointer, job.data, values)
            outputs = {output: StepOutput(name, output) for output in job.outputs}
        return Plan(job, self.steps, outputs, literals, self.findings)

    def refuse(self, document: Document, message: str, pointer: Pointer, key: bool = False) -> None:
        """Record something that cannot be run here."""
        self.findings.append(document.finding(RULE, message, pointer, key))

    # Pipelines

    def _defaults(self, job: Component, values: dict[str, Value]) -> dict[str, Value]:
        """Complete a job's inputs by the defaults of the pipeline component that it runs."""
        if job.base is None:
            return values
        missing = {name: port for name, port in job.base.inputs.items() if values.get(name) is None}
        return values | {name: _default(port) for name, port in missing.items()}

    def _pipeline(self, pipeline: Component, prefix: str, given: dict[str, Value]) -> dict[str, StepOutput]:
        """Plan the steps of a pipeline; return what each of its outputs is."""
        outputs_of: Siblings = {}
        gathered: dict[str, StepOutput] = {}
        for name in step_order(pipeline):
            step = pipeline.steps[name]
            outputs_of[name] = self._step(step, prefix, given, outputs_of)
            for output, value in step.outputs.items():
                bound = whole_binding(value if isinstance(value, str) else mapping(value).get("path"))
                source = outputs_of[name].get(f"outputs.{output}")
                if bound and bound.scope == grammar.PARENT_OUTPUT and isinstance(source, StepOutput):
                    gathered[bound.name] = source
        return gathered

    def _step(self, step: Step, prefix: str, given: dict[str, Value], siblings: Siblings) -> dict[str, Value]:
        """Plan one step; return what it takes and leaves, for its siblings to refer to."""
        component = step.component
        if component is None:
            self._refuse_unknown_component(step)
            return {}
        values = self._step_inputs(step, component, given, siblings)
        identity = f"{prefix}{step.name}"
        if component.type == "pipeline":
            outputs = self._pipeline(component, f"{identity}.", values)
        else:
            kind = "sweep" if step.type == "sweep" else component.type
            self._leaf(identity, kind, component, step.document, step.pointer, step.data, values)
            outputs = {name: StepOutput(identity, name) for name in self.steps[-1].outputs}
        taken = {f"inputs.{name}": value for name, value in values.items()}
        return taken | {f"outputs.{name}": value for name, value in outputs.items()}

    def _refuse_unknown_component(self, step: Step) -> None:
        if step.reference and not any(
            finding.path == str(step.document.path) and finding.rule == "missing-file"
            for finding in self.project.findings
        ):
            known = [name for kind, name in self.project.assets if kind == "component"]
            hint = did_you_mean(step.reference.name, known) if step.reference.kind == ASSET else ""
            text = f"the component {step.reference.text} is not among this repository's specs{hint}"
            self.refuse(step.document, text, (*step.pointer, "component"))

    def _leaf(
        self,
        identity: str,
        kind: str,
        component: Component,
        document: Document,
        pointer: Pointer,
        settings: dict,
        values: dict[str, Value],
    ) -> None:
        """Plan one step that runs a command."""
        step = PlannedStep(identity, kind, component, document, pointer, settings, values)
        self.steps.append(step)
        if kind not in ("command", "sweep"):
            text = f"{kind} steps run on Azure ML only; command, sweep and pipeline steps run here"
            self.refuse(document, text, pointer, key=True)
            return
        ports = {**step.trial.outputs, **component.outputs}
        step.outputs = {name: port.type or "uri_folder" for name, port in ports.items()}
        self._check_command(step)

    def _check_command(self, step: PlannedStep) -> None:
        trial, place = step.trial, (*step.trial.pointer, "command")
        if not step.command.strip():
            self.refuse(trial.document, "there is no command to run", trial.pointer)
        searched = mapping(step.settings.get("search_space"))
        known = {
            grammar.INPUT: {**step.inputs, **searched},
            grammar.OUTPUT: step.outputs,
            grammar.SEARCH_SPACE: searched,
        }
        for index, binding in enumerate(find_bindings(step.command)):
            names = known.get(binding.scope or "", {})
            if binding.name not in names:
                text = f"nothing is declared for {binding.text}{did_you_mean(binding.name, names)}"
                self.findings.append(binding_finding(trial.document, RULE, text, place, index))

    # Values

    def _step_inputs(
        self,
        step: Step,
        component: Component,
        given: dict[str, Value],
        siblings: Siblings,
    ) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for name, value in step.inputs.items():
            pointer = (*step.pointer, "inputs", name)
            if component.inputs and name not in component.inputs:
                text = f"the component has no input '{name}'{did_you_mean(name, component.inputs)}"
                self.refuse(step.document, text, pointer, key=True)
                continue
            port = component.inputs.get(name)
            values[name] = self._value(step.document, pointer, value, port, given, siblings)
            self._check_family(step, pointer, port, values[name])
        searched = mapping(step.data.get("search_space"))
        for name, port in component.inputs.items():
            if values.get(name) is None and name not in searched:
                values[name] = _default(port)
                if values[name] is None and port.required and not step.is_inline:
                    text = f"the required input '{name}' of step '{step.name}' has no value"
                    self.refuse(step.document, text, step.pointer, key=True)
        return values

    def _check_family(self, step: Step, pointer: Pointer, port: Port | None, value: Value) -> None:
        """Refuse a literal where the component takes data, and data where it takes a literal."""
        if value is None or port is None:
            return
        if port.is_data and isinstance(value, Literal):
            text = f"'{port.name}' takes data ({port.type}), not the literal '{value.text}'; give it as path:"
            self.refuse(step.document, text, pointer)
        elif port.is_literal and not isinstance(value, Literal):
            self.refuse(step.document, f"'{port.name}' takes a {port.type}, not data", pointer)

    def _job_input(self, port: Port) -> Value:
        return self._value(port.document, port.pointer, port.data, port, {}, {})

    def _value(
        self,
        document: Document,
        pointer: Pointer,
        value: object,
        port: Port | None,
        given: dict[str, Value],
        siblings: Siblings,
    ) -> Value:
        """Return what an input's value, as written, stands for."""
        if isinstance(value, dict):
            key = next((key for key in ("path", "value", "default") if value.get(key) is not None), None)
            if key is None:
                return None
            if key != "path":
                return Literal(str(value[key]))
            is_data = port_type(value) not in LITERAL_TYPES
            pointer, value = (*pointer, "path"), value["path"]
        else:
            is_data = bool(port and port.is_data)
        if value is None:
            return None
        if bound := whole_binding(value):
            return self._bound(bound, given, siblings)
        text = render(str(value), lambda binding: _text(self._bound(binding, given, siblings)))
        return self._data(document, pointer, text) if is_data else Literal(text)

    def _bound(self, bound: Binding, given: dict[str, Value], siblings: Siblings) -> Value:
        if bound.scope == grammar.PARENT_INPUT:
            return given.get(bound.name)
        kind = "inputs" if bound.scope == grammar.JOB_INPUT else "outputs"
        return siblings.get(bound.job or "", {}).get(f"{kind}.{bound.name}")

    def _data(self, document: Document, pointer: Pointer, text: str) -> Value:
        """Return the data that a path names: local, remote, or an asset among the repository's specs."""
        reference = parse_reference(text)
        if reference.kind == FILE:
            path = reference.resolve(document.path.parent)
            if path.exists():
                return LocalData(path)
            self.refuse(document, f"the data {text} does not exist", pointer)
        elif reference.kind == REMOTE and text.startswith(ADDRESSES):
            return RemoteData(text)
        elif reference.kind == ASSET:
            for asset in ("data", "model"):
                found = self.project.find_asset(asset, reference, document.path)
                if found and isinstance(mapping(found.data).get("path"), str):
                    return self._data(found, ("path",), found.data["path"])
            known = [name for kind, name in self.project.assets if kind in ("data", "model")]
            hint = did_you_mean(reference.name, known)
            text = f"{text} is not among this repository's data and model specs{hint}"
            self.refuse(document, text, pointer)
        else:
            name = ".".join(str(part) for part in pointer)
            text = f"{text} is out of reach from here; give local data by --set {name}=PATH"
            self.refuse(document, text, pointer)
        return None


def _default(port: Port) -> Value:
    default = port.option("default")
    return None if default is None else Literal(str(default))


def _text(value: Value) -> str | None:
    return value.text if isinstance(value, Literal) else None


def environment_spec(project: Project, step: PlannedStep) -> Iterator[object]:
    """Yield what defines a step's environment, outermost first: reference or mapping, spec, conda file."""
    document, pointer = step.environment
    value = document.get(pointer)
    if isinstance(value, str):
        yield value
        reference = parse_reference(value)
        if reference.kind == ASSET:
            found = project.find_asset("environment", reference, document.path)
        elif reference.kind == FILE and reference.resolve(document.path.parent).is_file():
            found = project.document(reference.resolve(document.path.parent))
        else:
            found = None
        document, value = found or document, found.data if found else None
    if isinstance(value, dict):
        yield value
        conda = value.get("conda_file")
        if isinstance(conda, str):
            path = parse_reference(conda).resolve(document.path.parent)
            conda = project.document(path).data if path.is_file() else None
        if isinstance(conda, dict):
            yield conda
