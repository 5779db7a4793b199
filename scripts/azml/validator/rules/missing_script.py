"""A command, or a server, that runs a script or reads a file that is not uploaded: it is missing or ignored.

Bad:
    code: ./src                     # holds train.py
    command: python trian.py

Fix: name a file in the code folder; only that folder is uploaded, without what the .amlignore (or
.gitignore) at its root leaves out. A warning where there is no ``code``; not checked where the code is remote
or the command itself may write the script.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command, ``code``
"""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath

from azml.core.finding import Finding, Related, did_you_mean, nearest
from azml.core.paths import MOST_LOOKED_THROUGH, is_file, is_folder, names_in
from azml.core.snapshot import IgnoreLine, Snapshot
from azml.validator.files import SCRIPT, FileUse
from azml.validator.findings import Findings, Located, error, put, warning
from azml.validator.rule import Rule
from azml.validator.shell import Command, Program

RULE = Rule("missing-script", is_consequence=True)


def check_command(command: Command) -> Findings:
    snapshot = command.code
    for program in command.programs if snapshot else ():
        target = program.target
        if snapshot is None or re.search(rf">\s*{re.escape(target)}", command.text):
            continue
        if _is_missing(program, snapshot):
            yield _missing(command, program, snapshot)
        elif ignored := snapshot.ignored_by(_file_name(program)):
            yield _left_out(command, target, ignored)
    for word in sorted(set(_file_words(command))) if snapshot else ():
        if snapshot and (ignored := snapshot.ignored_by(word)):
            yield _left_out(command, word, ignored)


def check_path(use: FileUse) -> Findings:
    if use.role != SCRIPT or not is_file(use.path) or not use.path.is_relative_to(use.base):
        return
    if ignored := Snapshot(use.base).ignored_by(os.path.relpath(use.path, use.base)):
        yield _left_out(use, use.text, ignored)


def _left_out(user: Located, name: str, ignored: IgnoreLine) -> Finding:
    where = f"line {ignored.line} of {ignored.path.name} ({ignored.text.strip()})"
    return error(f"'{name}' is not uploaded: {where} leaves it out", user, text=name, related=_see(ignored))


def _file_words(command: Command) -> Iterator[str]:
    """Yield the arguments of scripts that look like relative paths of files."""
    for program in command.programs:
        for word in program.arguments:
            if re.fullmatch(r"[\w./-]+\.\w+", word) and not word.startswith(("/", "-")):
                yield word


def _missing(command: Command, program: Program, snapshot: Snapshot) -> Finding:
    target, code = program.target, command.component.data.get("code")
    if code is None:
        message = f"'{target}' is not uploaded: there is no 'code', so it must be in the image"
        return warning(message, command, text=target)
    names = [name.removesuffix(".py") if program.is_module else name for name in snapshot.names()]
    same_type = [name for name in names if PurePosixPath(name).suffix in ("", PurePosixPath(target).suffix)]
    right = nearest(target, same_type)
    hint = did_you_mean(target, same_type)
    if not program.is_module and (found := _moved(target, snapshot)):
        right, hint = found, f"; there is one at {found}"
    message = f"'{target}' is not in the code folder {code}{hint}"
    return error(message, command, text=target, fix=put(right, command, text=target))


def _moved(target: str, snapshot: Snapshot) -> str | None:
    """Return where the one file with a missing script's name lies in the snapshot, or None."""
    name = PurePosixPath(target).name
    files = islice(snapshot.files(), MOST_LOOKED_THROUGH)
    found = [file.name for file in files if PurePosixPath(file.name).name == name]
    return found[0] if len(found) == 1 else None


def _file_name(program: Program) -> str:
    return f"{program.target.replace('.', '/')}.py" if program.is_module else program.target


def _see(ignored: IgnoreLine) -> tuple[Related, ...]:
    return (Related(os.path.abspath(ignored.path), ignored.line, 1, "this line"),)


def _is_missing(program: Program, code: Snapshot) -> bool:
    if not program.is_module:
        path = PurePosixPath(program.target)
        return not path.is_absolute() and code.find(program.target) is None and not _is_submodule(path, code)
    package, dot, inner = program.target.partition(".")
    file = program.target.replace(".", "/")
    # A module outside the code folder is an installed one.
    is_here = dot and inner != "py" and "/" not in package and code.find(package)
    return bool(is_here) and not (code.find(f"{file}.py") or code.find(f"{file}/__main__.py"))


def _is_submodule(path: PurePosixPath, code: Snapshot) -> bool:
    """Tell whether the script is in a folder that is empty here, as git leaves a submodule."""
    folder = code.find(path.parts[0]) if len(path.parts) > 1 else None
    return folder is not None and is_folder(folder) and not names_in(folder)
