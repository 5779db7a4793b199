"""A command that starts a script which is not valid Python.

Bad:
    command: python train.py        # train.py: parser.parse_args(

Fix: correct the script at the place named. Silent at syntax that only a newer Python may know.

Source: https://docs.python.org/3/reference/grammar.html
"""

import os
import re
from collections.abc import Iterator

from azml.spec.finding import Finding, Related
from azml.spec.project import Project
from azml.spec.scope import finding_at
from azml.validator.command_line import read_text, scripts
from azml.validator.script_options import UNREADABLE, read_options

ID = "script-syntax"

# What a newer Python than this one may read: f- and t-strings, type statements and parameters, bare except.
_NEWER = re.compile(r"\b[rR]?[fFtT][rR]?[\"']|^\s*(type\s+\w|(def|class)\s+\w+\[|except\b[^(]*,)")


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each script in a command that cannot be parsed."""
    for component in list(project.components.values()):
        for program, path in scripts(component):
            try:
                read_options(read_text(path))
            except UNREADABLE as error:
                if not _NEWER.search(getattr(error, "text", None) or ""):
                    line, column = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
                    what = getattr(error, "msg", error)
                    message = f"{program.target} is no valid Python: line {line}: {what}"
                    related = (Related(os.path.abspath(path), line, column, "here"),)
                    place = (*component.pointer, "command")
                    yield finding_at(component.document, ID, message, place, program.target, related=related)
