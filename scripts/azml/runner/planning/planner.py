"""A linked job -> its plan. No side effects.

Nested pipeline components are opened up: the plan has only steps that run something, each with a value for
every input. What cannot run here as it would on Azure ML becomes a finding, and then nothing runs.
"""

import re
from collections.abc import Iterable, Mapping

from azml.core import expressions as grammar
from azml.core.bindings import resolve, step_order
from azml.core.components import DEFAULT_DATA_TYPE, Component, Port, Step
from azml.core.document import Pointer
from azml.core.expressions import find_bindings, whole_binding
from azml.core.finding import ERROR, WARNING, did_you_mean
from azml.core.place import Place
from azml.core.project import Project
from azml.core.references import ASSET, FILE, parse_reference
from azml.core.snapshot import SnapshotError, read_snapshot
from azml.core.values import mapping

from ..plan import Literal, Plan, Scope, StepOutput, Value, asset_name
from ..steps import STEP_TYPES
from ..steps.step import PlannedStep, SettingsError
from .inputs import Inputs, Report

# Steps that run before or after all others and are not part of the graph.
HOOKS = ("on_init", "on_finalize")
REMOTE_TYPES = (
    *("spark", "automl", "data_transfer", "import", "if_else", "do_while", "parallel_for"),
    *("finetuning", "distillation"),
)
# Keys of jobs, steps and components that hold text or mappings, whatever the type.
TEXTS = ("type", "command", "code", "display_name", "experiment_name")
MAPPINGS = ("inputs", "outputs", "environment_variables", "limits", "settings", "tags")
# Names become folders; Azure ML allows less (azure-ai-ml _schema/core/fields.py).
_NAME = re.compile(r"\w[\w.\-]*")
# A dot separates the names of nested steps, so that no two steps get the same folder.
_STEP_NAME = re.compile(r"\w[\w\-]*")


def make_plan(project: Project, job: Component) -> Plan:
    """Return the plan of a pipeline, command or sweep job; ``plan.findings`` says what cannot run."""
    return _Planner(project, job).plan()


class _Planner(Report):
    def __init__(self, project: Project, job: Component) -> None:
        super().__init__()
        self.project, self.job = project, job
        self.inputs = Inputs(project, job, self)
        self.steps: list[PlannedStep] = []
        self.needs: dict[str, set[str]] = {}
        self.named: dict[StepOutput, tuple[str, str]] = {}

    def plan(self) -> Plan:
        """Return the plan of the whole job."""
        job, place = self.job, Place(self.job.document, ())
        self._check_shapes(place, job.data)
        declaring = job.base if job.base and job.base.inputs else job
        values = self.inputs.of(declaring, place, job.data, Scope())
        literals = {name: value.text for name, value in values.items() if isinstance(value, Literal)}
        outputs: dict[str, StepOutput] = {}
        key = "component" if job.type == "pipeline" else "trial"
        if key in job.data and job.base is None:
            self._refuse_unlinked(place.below(key))
        elif job.type == "pipeline":
            outputs = self._job_pipeline(values)
        else:
            name = re.sub(r"[^\w\-]", "_", str(job.data.get("name") or job.document.path.stem))
            planned = self._leaf(job.type, name, job, place, job.data, values)
            outputs = _written(planned, {}) if planned else {}
        return Plan(job, self.steps, outputs, literals, self.needs, self.named, self.findings)

    def _job_pipeline(self, values: dict[str, Value]) -> dict[str, StepOutput]:
        """Plan a pipeline job; return the step output behind each of its outputs."""
        for hook in HOOKS:
            if hook in mapping(self.job.data.get("settings")):
                place = Place(self.job.document, ("settings", hook))
                self.refuse(place, f"{hook} runs on Azure ML only", key=True)
        scope = Scope(values, _files(self.job.data, {}))
        return self._pipeline(self.job.base or self.job, "", scope)

    def _pipeline(self, pipeline: Component, prefix: str, scope: Scope) -> dict[str, StepOutput]:
        """Plan the steps of a pipeline; return the step output behind each of its outputs."""
        place = Place(pipeline.document, (*pipeline.pointer, "jobs"))
        self._check_shapes(Place(pipeline.document, pipeline.pointer), pipeline.data)
        jobs = mapping(pipeline.data.get("jobs"))
        if not jobs:
            self.refuse(Place(pipeline.document, pipeline.pointer), "this pipeline has no jobs to run")
        for name in jobs:
            if name not in pipeline.steps:
                self.refuse(place.below(name), "a job was expected here: a mapping")
        self._check_names(place, pipeline.steps, _STEP_NAME)
        gathered: dict[str, StepOutput] = {}
        for name in step_order(pipeline):
            scope.siblings[name] = self._step(pipeline.steps[name], prefix, scope)
            self._gather(pipeline.steps[name], scope.siblings[name], gathered)
        return gathered

    def _gather(self, step: Step, values: dict[str, Value], gathered: dict[str, StepOutput]) -> None:
        """Add the pipeline outputs that a step writes."""
        for output, value in step.outputs.items():
            bound = whole_binding(value if isinstance(value, str) else mapping(value).get("path"))
            source = values.get(f"outputs.{output}")
            if bound and bound.scope == grammar.PARENT_OUTPUT and isinstance(source, StepOutput):
                if bound.name in gathered:
                    text = f"{bound.text} is already written by '{gathered[bound.name].step}'"
                    self.refuse(Place(step.document, (*step.pointer, "outputs", output)), text)
                gathered[bound.name] = source

    def _step(self, step: Step, prefix: str, scope: Scope) -> dict[str, Value]:
        """Plan one step; return its inputs and outputs, for its siblings to refer to."""
        component, place = step.component, Place(step.document, step.pointer)
        self._check_shapes(place, step.data)
        name = f"{prefix}{step.name}"
        if component is None or component.type != "pipeline":
            bound = (scope.value(binding) for _, binding in step.parent_bindings)
            self.needs[name] = {value.step for value in bound if isinstance(value, StepOutput)}
        if component is None:
            self._refuse_unlinked(place.below("component" if "component" in step.data else "trial"))
            scope.unplanned[step.name] = name
            return {}
        values = self.inputs.of(component, place, step.data, scope)
        if component.type == "pipeline":
            outputs: dict[str, StepOutput] = self._pipeline(
                component, f"{name}.", Scope(values, _files(step.data, scope.files))
            )
            self._name(step, outputs)
        else:
            kind = component.type if "component" in step.data else step.type
            settings = self.inputs.settings(place, step.data, scope)
            planned = self._leaf(kind, name, component, place, settings, values, step.pipeline)
            outputs = _written(planned, scope.files) if planned else {}
            if planned is None:
                scope.unplanned[step.name] = name
        taken = {f"inputs.{key}": value for key, value in values.items()}
        return taken | {f"outputs.{key}": value for key, value in outputs.items()}

    def _name(self, step: Step, outputs: dict[str, StepOutput]) -> None:
        """Note the names that a step gives to outputs of its pipeline; those given inside give way."""
        for output, written in mapping(step.data.get("outputs")).items():
            if output in outputs and (name := asset_name(written)):
                self.named[outputs[output]] = name

    def _refuse_unlinked(self, place: Place) -> None:
        """Say why nothing is known of the component named at ``place``."""
        text = place.document.get(place.pointer)
        if not isinstance(text, str) or not text.strip():
            self.refuse(place, "a component was expected here: a file or azureml:<name>:<version>")
            return
        reference = parse_reference(text)
        file = reference.resolve(place.document.path.parent)
        if reference.kind == FILE and file.is_file():
            broken = [found for found in self.project.document(file).findings if found.severity == ERROR]
            self.findings += broken
            if not broken:
                self.refuse(place, f"{text} is not a component that can run here")
            return
        known = [name for kind, name in self.project.assets if kind == "component"]
        hint = did_you_mean(reference.name, known) if reference.kind == ASSET else ""
        remedy = f"; {self.project.stand_ins.line(text)}" if reference.kind != FILE else ""
        self.refuse(place, f"the component {text} is not among this repository's specs{hint}{remedy}")

    def _leaf(
        self,
        kind: str,
        name: str,
        component: Component,
        place: Place,
        settings: dict,
        values: dict[str, Value],
        pipeline: Component | None = None,
    ) -> PlannedStep | None:
        """Plan a step that runs something."""
        if kind not in STEP_TYPES:
            here = (*STEP_TYPES, "pipeline")
            remote = f"{kind} steps run on Azure ML only; these run here: {', '.join(here)}"
            unknown = f"there is no step type '{kind}'{did_you_mean(kind, (*here, *REMOTE_TYPES))}"
            self.refuse(place, remote if kind in REMOTE_TYPES else unknown, key=True)
            return None
        step = STEP_TYPES[kind](name, component, place, settings, values)
        self.steps.append(step)
        definition = Place(step.definition.document, step.definition.pointer)
        self._check_shapes(definition, step.definition.data)
        step.outputs = self._outputs(step, pipeline)
        self._check_names(place.below("inputs"), step.inputs)
        try:
            read_snapshot(step.definition)
            step.read_settings()
        except SnapshotError as error:
            self.refuse(definition.below(*error.pointer), str(error))
        except SettingsError as error:
            self.refuse(_said_at(step, error.pointer), str(error))
        self._check_command(step)
        return step

    def _outputs(self, step: PlannedStep, pipeline: Component | None) -> dict[str, str]:
        """Return the type of each of a step's outputs, by name."""
        ports = {**step.declaring.outputs, **step.component.outputs}
        place = step.place.below("outputs")
        for name in mapping(step.settings.get("outputs")):
            if name not in ports:
                text = f"left out: the component has no output '{name}'{did_you_mean(name, ports)}"
                self.refuse(place.below(name), text, key=True, severity=WARNING)
        self._check_names(place, ports)
        return {name: _output_type(port, pipeline) for name, port in ports.items()}

    # Checks

    def _check_shapes(self, place: Place, data: dict) -> None:
        """Refuse text or mappings of another shape, which the rest of the planner would pass over."""
        for key in (*TEXTS, *MAPPINGS):
            kind, expected = (str, "text") if key in TEXTS else (dict, "a mapping")
            if not isinstance(data.get(key), kind | None):
                self.refuse(place.below(key), f"{expected} was expected under '{key}'")

    def _check_names(self, place: Place, names: Iterable[str], pattern: re.Pattern = _NAME) -> None:
        for name in names:
            if not pattern.fullmatch(str(name)):
                text = f"'{name}' is not a valid name: use letters, digits and underscores"
                self.refuse(place.below(name), text, key=True)

    def _check_command(self, step: PlannedStep) -> None:
        definition = step.definition
        if step.needs_command and not step.command.strip():
            self.refuse(Place(definition.document, definition.pointer), "there is no command to run")
        known: dict[str, Iterable[str]] = {
            grammar.INPUT: {**step.inputs, **step.search_space},
            grammar.OUTPUT: step.outputs,
            grammar.SEARCH_SPACE: step.search_space,
        }
        for binding in find_bindings(step.command):
            names = known.get(binding.scope or "", ())
            if binding.name not in names:
                text = f"{binding.text} is not declared{did_you_mean(binding.name, names)}"
                command = Place(definition.document, (*definition.pointer, step.command_key))
                self.refuse(command.part(binding.start, binding.end), text)


def _said_at(step: PlannedStep, pointer: Pointer) -> Place:
    """Return where a setting is: in the step, else in its component."""
    if pointer and pointer[0] in step.settings:
        return step.place.below(*pointer)
    return Place(step.component.document, (*step.component.pointer, *pointer))


def _written(step: PlannedStep, outside: Mapping[str, str]) -> dict[str, StepOutput]:
    """Note the files that a step's outputs are to be; return the outputs, by name."""
    files = _files(step.settings, outside)
    step.files = {name: file for name, file in files.items() if step.outputs.get(name) == "uri_file"}
    return {name: step.output(name) for name in step.outputs}


def _files(data: dict, outside: Mapping[str, str]) -> dict[str, str]:
    """Return the file's name in the path of each output, where it gives one, itself or by ``outside``.

    The last part of the path is the name that the command and the steps after it see; without a path it is
    the output's own: ``…/cap/data-capability/wd/<output>/<name>``.
    Source: https://github.com/getindata/kedro-azureml/issues/70.
    """
    found = {}
    for name, output in mapping(data.get("outputs")).items():
        path = str((output if isinstance(output, str) else mapping(output).get("path")) or "")
        bound = whole_binding(path)
        file = outside.get(bound.name, "") if bound else re.sub(r"[${}]", "", path.rpartition("/")[2])
        if file.strip("."):
            found[name] = file
    return found


def _output_type(port: Port, pipeline: Component | None) -> str:
    """Return an output's type: an inline step's is that of the pipeline output that it is bound to.

    Source: azure-ai-ml ``entities/_job/pipeline/_component_translatable.py``.
    """
    bound = whole_binding(port.data if isinstance(port.data, str) else port.option("path"))
    target = resolve(pipeline, bound) if bound and pipeline else None
    return port.type or (target.type if target else None) or DEFAULT_DATA_TYPE
