"""A command and the script it starts that disagree: on options, required ones, values or arguments.

Bad:
    command: python train.py --learning_rte 0.1     # train.py declares --learning_rate, required

Fix: pass what the script's argparse, click or typer declares. Silent where the source cannot tell.

Source: https://docs.python.org/3/library/argparse.html; the script itself, which is read and never run.
"""

import os
from collections.abc import Iterator

from azml.spec.component import Component
from azml.spec.finding import Finding, Related
from azml.spec.project import Project
from azml.spec.scope import finding_at
from azml.validator.command_line import Program, read_text, scripts
from azml.validator.script_arguments import Mistake, mistakes
from azml.validator.script_options import UNREADABLE, Options, read_options

ID = "script-options"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each option of a command that its script does not take, and at what it lacks."""
    for component in list(project.components.values()):
        for program, path in scripts(component):
            options = _options(read_text(path))
            for mistake in mistakes(program, options) if options else ():
                yield _finding(component, program, os.path.abspath(path), mistake)


def _options(source: str) -> Options | None:
    try:
        return read_options(source)
    except UNREADABLE:
        return None


def _finding(component: Component, program: Program, path: str, mistake: Mistake) -> Finding:
    where = "declared here" if mistake.line else "the script"
    more = {"severity": mistake.severity, "related": (Related(path, mistake.line or 1, 1, where),)}
    message, text = f"{program.target} {mistake.message}", mistake.word or program.target
    return finding_at(component.document, ID, message, (*component.pointer, "command"), text, **more)
