"""A command that starts a script which is not in the code that is shipped.

Bad:
    code: ./src                     # holds train.py
    command: python trian.py

Fix: name a file of the code folder; only that folder is uploaded. A warning where there is no code at all;
silent where it is remote, and where the command itself may write the script.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command, ``code``
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from azml.spec.component import Component
from azml.spec.finding import WARNING, Finding, did_you_mean
from azml.spec.paths import is_folder, names_in
from azml.spec.project import Project
from azml.spec.scope import finding_at
from azml.validator.command_line import Code, Program, code_of, command_of, programs

ID = "missing-script"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each script of a command that is not shipped."""
    for component in list(project.components.values()):
        code = code_of(component) if command_of(component) else None
        for program in programs(component) if code else ():
            if _is_missing(program, code):
                yield _finding(component, program, code)


def _is_missing(program: Program, code: Code) -> bool:
    if not program.is_module:
        path = PurePosixPath(program.target)
        return not path.is_absolute() and code.find(program.target) is None and not _is_submodule(path, code)
    package, *inner = program.target.split(".")
    path = "/".join((package, *inner))
    # A module that does not begin with a folder of the code is an installed one.
    is_here = bool(inner) and code.find(package) is not None
    return is_here and code.find(f"{path}.py") is None and code.find(f"{path}/__main__.py") is None


def _is_submodule(path: PurePosixPath, code: Code) -> bool:
    """Tell whether the script lies in a folder that is empty here, as git leaves a submodule."""
    folder = code.find(path.parts[0]) if len(path.parts) > 1 else None
    return folder is not None and is_folder(folder) and not names_in(folder)


def _finding(component: Component, program: Program, code: Code) -> Finding:
    names = [name.removesuffix(".py") if program.is_module else name for name in code.names()]
    hint = did_you_mean(program.target, names) if names else ""
    place = (*component.pointer, "command")
    if component.data.get("code") is None:
        message = f"'{program.target}' is not shipped: there is no 'code'; only the image could hold it"
        return finding_at(component.document, ID, message, place, program.target, severity=WARNING)
    message = f"'{program.target}' is not in the code {component.data['code']}{hint}"
    return finding_at(component.document, ID, message, place, program.target)
