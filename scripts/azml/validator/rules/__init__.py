"""The rules, one module each: its docstring is the published documentation, ``RULE`` its id and severity.

A rule's functions are named for what they look at: ``check_step(step)`` is called with every step and yields
what is wrong with it. A rule without a function is checked earlier: by the core, which reads and links the
specs, or by the JSON Schema of the spec's kind.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

from azml.core.finding import Finding
from azml.validator.dataflow import calls, given_inputs, pipelines, steps
from azml.validator.environments import environment_uses
from azml.validator.literals import literals
from azml.validator.rule import Rule
from azml.validator.shell import commands
from azml.validator.specs import SpecProject, conda_places

# What a rule can look at: the name of its function, and where the function's arguments come from.
SUBJECTS: dict[str, Callable[[SpecProject], Iterable]] = {
    "check_project": lambda project: [project],
    "check_spec": lambda project: project.specs,
    "check_path": lambda project: project.file_uses,
    "check_component": lambda project: project.components.values(),
    "check_command": commands,
    "check_conda": conda_places,
    "check_environment": environment_uses,
    "check_pipeline": pipelines,
    "check_step": steps,
    "check_call": calls,
    "check_given": given_inputs,
    "check_literal": literals,
}

MODULES = tuple(import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__))
RULES: tuple[Rule, ...] = tuple(replace(module.RULE, doc=module.__doc__) for module in MODULES)
BY_ID = {rule.id: rule for rule in RULES}


def check_all(project: SpecProject) -> Iterator[Finding]:
    """Yield what the functions of all rules find."""
    subjects = {name: list(project.guard(name, find, project)) for name, find in SUBJECTS.items()}
    for module in MODULES:
        for name, found in subjects.items():
            if check := getattr(module, name, None):
                for subject in found:
                    found_here = project.guard(module.RULE.id, check, subject)
                    yield from (replace(finding, rule=module.RULE.id) for finding in found_here)
