"""The rules, one module each: its docstring is the published documentation, its id the module's name.

A rule's functions are named for what they look at: ``check_step(step)`` is called with every step and yields
what is wrong with it. A rule without a function is checked before: by the core, which reads and links the
specs, or by their JSON Schema.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from azml.validator.dataflow import calls, given_inputs, pipelines, steps
from azml.validator.findings import Findings
from azml.validator.literals import literals
from azml.validator.shell import commands
from azml.validator.specs import SpecProject, conda_places

_SUBJECTS: dict[str, Callable[[SpecProject], Iterable]] = {
    "check_project": lambda project: [project],
    "check_spec": lambda project: project.specs,
    "check_path": lambda project: project.file_uses,
    "check_component": lambda project: project.components.values(),
    "check_command": commands,
    "check_conda": conda_places,
    "check_pipeline": pipelines,
    "check_step": steps,
    "check_call": calls,
    "check_given": given_inputs,
    "check_literal": literals,
}


def _load(name: str) -> ModuleType:
    rule = import_module(f"{__name__}.{name}")
    rule.ID = name.replace("_", "-")
    return rule


RULES = tuple(_load(each.name) for each in iter_modules(__path__))
IDS = tuple(rule.ID for rule in RULES)


def check_all(project: SpecProject) -> Findings:
    """Yield what the functions of all rules find."""
    subjects = {name: list(walk(project)) for name, walk in _SUBJECTS.items()}
    for rule in RULES:
        for name, check in vars(rule).items():
            for subject in subjects[name] if name.startswith("check_") else ():
                yield from (replace(finding, rule=rule.ID) for finding in check(subject))
