"""A command and the script it starts that disagree: options, required ones, values, or no valid Python.

Bad:
    command: python train.py --learning_rte 0.1     # train.py declares --learning_rate, required

Fix: pass what the script's argparse, click or typer declares. Silent where the source cannot tell.

Source: https://docs.python.org/3/library/argparse.html; the script itself, which is read and never run.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from azml.spec.component import Component
from azml.spec.finding import Finding, Related
from azml.spec.paths import is_file
from azml.spec.project import Project
from azml.spec.scope import finding_at
from azml.validator.command_line import Program, code_of, programs, read_text
from azml.validator.script_arguments import mistakes
from azml.validator.script_options import read_options

ID = "script-options"

# What a newer Python than this one may read: f- and t-strings, type statements and parameters, bare except.
_NEWER_SYNTAX = re.compile(r"\b[rR]?[fFtT][rR]?[\"']|^\s*(type\s+\w|(def|class)\s+\w+\[|except\b[^(]*,)")


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each option of a command that its script does not take, and at what it lacks."""
    for component in list(project.components.values()):
        for program in programs(component):
            path = _script(component, program) if program.is_python else None
            if path:
                yield from _check_script(component, program, path)


def _script(component: Component, program: Program) -> Path | None:
    code = code_of(component)
    name = f"{program.target.replace('.', '/')}.py" if program.is_module else program.target
    path = code.find(name) if code else None
    return path if path and is_file(path) and path.suffix == ".py" else None


def _check_script(component: Component, program: Program, path: Path) -> Iterator[Finding]:
    place, absolute = (*component.pointer, "command"), os.path.abspath(path)
    try:
        options = read_options(read_text(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line, column = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
        if not _NEWER_SYNTAX.search(getattr(error, "text", None) or ""):
            message = f"{program.target} is not valid Python: line {line}: {getattr(error, 'msg', error)}"
            related = (Related(absolute, line, column, "here"),)
            yield finding_at(component.document, ID, message, place, program.target, related=related)
        return
    for mistake in mistakes(program, options) if options else ():
        related = (
            Related(absolute, mistake.line or 1, 1, "declared here" if mistake.line else "the script"),
        )
        message, text = f"{program.target} {mistake.message}", mistake.word or program.target
        more = {"severity": mistake.severity, "related": related}
        yield finding_at(component.document, ID, message, place, text, **more)
