"""A script with a syntax error.

Bad:
    command: python train.py        # train.py: parser.parse_args(

Fix: correct the script at the named place. Syntax of newer Python versions is not reported.

Source: https://docs.python.org/3/reference/grammar.html
"""

import re
from pathlib import Path

from azml.core.paths import is_script, read_text
from azml.validator.files import SCRIPT, FileUse
from azml.validator.findings import Findings, Located, error
from azml.validator.rule import Rule
from azml.validator.scripts import UNREADABLE, at_line, read_options
from azml.validator.shell import Command

RULE = Rule("script-syntax")

# Syntax of newer Python versions: f- and t-strings, type statements and parameters, except without brackets.
_NEWER = re.compile(r"\b[rR]?[fFtT][rR]?[\"']|^\s*(type\s+\w|(def|class)\s+\w+\[|except\b[^(]*,)")


def check_command(command: Command) -> Findings:
    for program, path in command.scripts:
        yield from _check(path, program.target, command)


def check_path(use: FileUse) -> Findings:
    if use.role == SCRIPT and is_script(use.path):
        yield from _check(use.path, use.text, use)


def _check(path: Path, name: str, where: Located) -> Findings:
    try:
        read_options(read_text(path))
    except UNREADABLE as problem:
        if _NEWER.search(getattr(problem, "text", None) or ""):
            return
        line, column = getattr(problem, "lineno", None) or 1, getattr(problem, "offset", None) or 1
        message = f"{name} is not valid Python: line {line}: {getattr(problem, 'msg', problem)}"
        yield error(message, where, text=name, related=at_line(path, line, column, "here"))
