"""A part of a pipeline: which steps run, what of the rest still counts, and where their inputs come from.

The steps outside of the part may be such as do not run here at all, or have mistakes: nothing of that stops
the part. What it takes from them are the outputs that they left when they last completed on this machine.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from azml.core import expressions as grammar
from azml.core.components import Component, Step
from azml.core.document import Document, Pointer
from azml.core.environment import read_environment
from azml.core.finding import Finding, did_you_mean
from azml.core.place import Place
from azml.core.project import Project
from azml.core.references import FILE
from azml.core.snapshot import SnapshotError, read_snapshot

from ..plan import Plan, Recorded, StepOutput
from ..steps.step import PlannedStep
from ..summary import last_completed


class PartError(Exception):
    """There is no such part; the message says why."""


@dataclass(frozen=True)
class Part:
    """What ``--step``, ``--from`` and ``--until`` name; empty where they are not given."""

    step: str = ""
    start: str = ""
    end: str = ""

    def __bool__(self) -> bool:
        return any((self.step, self.start, self.end))

    def select(self, needs: Mapping[str, set[str]]) -> set[str]:
        """Return the ids of the steps in the part, of a pipeline given as step -> those it needs."""
        gives: dict[str, set[str]] = {name: set() for name in needs}
        for name, sources in needs.items():
            for source in sources:
                gives[source].add(name)
        chosen = set(needs)
        if self.step:
            chosen &= _named(self.step, needs)
        if self.start:
            chosen &= _reached(_named(self.start, needs), gives)
        if self.end:
            chosen &= _reached(_named(self.end, needs), needs)
        if not chosen:
            raise PartError("no step is in all that --step, --from and --until name")
        return chosen


def _named(name: str, steps: Mapping[str, object]) -> set[str]:
    """Return the step of this name, or all steps of the nested pipeline of this name."""
    found = {each for each in steps if each == name or each.startswith(f"{name}.")}
    if not found:
        nested = {each.rpartition(".")[0] for each in steps} - {""}
        raise PartError(f"the pipeline has no step '{name}'{did_you_mean(name, [*steps, *nested])}")
    return found


def _reached(names: set[str], edges: Mapping[str, set[str]]) -> set[str]:
    found, left = set(names), list(names)
    while left:
        new = edges[left.pop()] - found
        found |= new
        left += new
    return found


@dataclass(frozen=True)
class Source:
    """A step before the part, as it is now (None: it cannot run here), and the folder it left in a run."""

    name: str
    folder: Path
    step: PlannedStep | None


def narrow(plan: Plan, chosen: set[str], runs: Path) -> tuple[Plan, list[Source], list[Finding]]:
    """Return the plan of a part, the steps that it takes data from, and a finding where that is missing."""
    spec = plan.job.document.path
    steps = [step for step in plan.steps if step.id in chosen]
    planned = {step.id: step for step in plan.steps}
    names = sorted({source for step in steps for source in step.needs} - chosen)
    folders = {name: folder for name in names if (folder := last_completed(runs, spec, name))}
    sources = [Source(name, folder, planned.get(name)) for name, folder in folders.items()]
    findings = [finding for step in steps for finding in _take_recorded(step, chosen, folders)]
    outputs = {name: value for name, value in plan.outputs.items() if value.step in chosen}
    return replace(plan, steps=steps, outputs=outputs), sources, findings


def _take_recorded(step: PlannedStep, chosen: set[str], folders: Mapping[str, Path]) -> Iterator[Finding]:
    """Give a step the recorded outputs of the steps before the part; yield a finding where there are none."""
    for name, value in step.inputs.items():
        if not isinstance(value, StepOutput) or value.step in chosen:
            continue
        path = value.below(folders[value.step]) if value.step in folders else None
        if path and path.exists():
            step.inputs[name] = Recorded(path, value.step)
        else:
            text = f"'{name}' is what {value.step} writes, and no run of it has completed on this machine"
            place = step.place.below("inputs", name)
            yield place.finding("local-run", f"{text}; run it first, with --until {value.step}")


# What concerns a part


class Concern:
    """Tells whether a finding concerns the part: not what stands in, or belongs to, other steps alone."""

    def __init__(self, project: Project, job: Component, chosen: set[str]) -> None:
        self.project = project
        pipeline = job.base or job
        inside: list[Step] = []
        outside: list[Step] = []
        for name, step in _steps(pipeline, ""):
            is_inside = any(each == name or each.startswith(f"{name}.") for each in chosen)
            (inside if is_inside else outside).append(step)
        spans = {_span(step.document, step.pointer) for step in outside}
        self._outside = {*spans, *_unused(pipeline, inside), *_unused(job, inside)}
        self._outside -= {_span(step.document, step.pointer) for step in inside}
        self._pipelines = {_absolute(step.document.path) for step in (*inside, *outside)}
        self._inside = {path for step in inside for path in self._files(step)}
        self._elsewhere = {path for step in outside for path in self._files(step)}

    def __call__(self, finding: Finding) -> bool:
        """Tell it of one finding."""
        path = _absolute(finding.path)
        if any(path == where and first <= finding.line <= last for where, first, last in self._outside):
            return False
        if path in self._pipelines or not _is_below(path, self._elsewhere):
            return True
        return _is_below(path, self._inside)

    def _files(self, step: Step) -> Iterator[Path]:
        """Yield the files and folders that make a step: its component's, its code, its environment."""
        component = step.component
        if component is None and step.reference and step.reference.kind == FILE:
            yield _absolute(step.reference.resolve(step.document.path.parent))
        while component is not None:
            yield _absolute(component.document.path)
            try:
                snapshot = read_snapshot(component)
                yield from map(_absolute, (*snapshot.includes, *([snapshot.code] if snapshot.code else [])))
            except SnapshotError:
                pass
            place = Place(component.document, (*component.pointer, "environment"))
            environment = read_environment(self.project, place)
            if environment.definition:
                yield _absolute(environment.definition.document.path)
            if environment.conda_file:
                yield _absolute(environment.conda_file)
            component = component.base


def _steps(pipeline: Component, prefix: str) -> Iterator[tuple[str, Step]]:
    for name, step in pipeline.steps.items():
        yield f"{prefix}{name}", step
        if step.component and step.component.type == "pipeline":
            yield from _steps(step.component, f"{prefix}{name}.")


def _unused(component: Component, inside: list[Step]) -> Iterator[tuple[Path, int, int]]:
    """Yield where the inputs and outputs of a pipeline stand that no step of the part is bound to."""
    kinds = {grammar.PARENT_INPUT: "inputs", grammar.PARENT_OUTPUT: "outputs"}
    bound = [binding for step in inside for _, binding in step.parent_bindings]
    used = {(kinds.get(binding.scope or ""), binding.name.split(".")[0]) for binding in bound}
    for kind, ports in (("inputs", component.inputs), ("outputs", component.outputs)):
        for name in ports:
            if (kind, name.split(".")[0]) not in used:
                yield _span(component.document, (*component.pointer, kind, name))


def _span(document: Document, pointer: Pointer) -> tuple[Path, int, int]:
    """Return the file, the first and the last line of what stands at a place, its key included."""
    key, value = document.node(pointer, key=True), document.node(pointer)
    first = document.position(key.start)[0] if key else 0
    last = document.position(max(value.end - 1, value.start))[0] if value else 0
    return _absolute(document.path), first, last


def _absolute(path: Path | str) -> Path:
    return Path(os.path.abspath(path))


def _is_below(path: Path, places: set[Path]) -> bool:
    return any(path.is_relative_to(place) for place in places)
