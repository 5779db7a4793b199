"""A script started the wrong way: a file name after -m, a wrong module path, no ``python``, no program.

Bad:
    code: ./src                         # holds train.py
    command: python -m train.py         # or: python -m src.train, train.py, pyhton train.py

Fix: give -m the dotted module name from the top of the code folder; start a file with ``python``. A module
found elsewhere is a warning: the image may contain it. Not checked where the code is an installable package.

Source: https://docs.python.org/3/using/cmdline.html#cmdoption-m
"""

import os
from itertools import chain
from pathlib import Path

from azml.core.finding import nearest
from azml.core.paths import exists, is_file, python_files
from azml.core.snapshot import Snapshot
from azml.validator.findings import Findings, error, warning
from azml.validator.rule import Rule
from azml.validator.shell import MOST_FILES, Command

RULE = Rule("misstarted-script")

_INSTALLED = ("pyproject.toml", "setup.py", "setup.cfg")


def check_command(command: Command) -> Findings:
    for program in command.programs:
        target = program.target
        right = target.removesuffix(".py").removeprefix("./").replace("/", ".")
        if program.is_module and right != target:
            yield error(f"-m takes a module name, not a file name; write '{right}'", command, text=target)
        elif program.is_module and (place := _elsewhere(command, target)):
            yield warning(f"'{target}' is not at the top of the code folder; {place}", command, text=target)
    if command.words and command.words[0][0].startswith("-"):
        option = command.words[0][0]
        message = f"the command starts with the option {option}; the program is missing"
        yield error(message, command, text=option)
    for words in command.words:
        if command.code and (meant := _corrected(words[0], command.code)):
            message = f"'{words[0]}' is not a command; write '{meant}'"
            yield error(message, command, text=words[0])


def _corrected(word: str, code: Snapshot) -> str | None:
    """Return what was meant by a program name: ``python`` misspelled or left out; else None."""
    if word.endswith(".py") and "/" not in word and code.find(word):
        return f"python {word}"
    is_near = set(word) <= set("python3") and nearest(word, ["python"])
    return "python" if is_near and word not in ("python", "python3") else None


def _elsewhere(command: Command, module: str) -> str | None:
    """Say where a module is that the top of the code folder lacks; None where it may be installed."""
    code, name = command.code, f"{module.replace('.', '/')}.py"
    is_set = "PYTHONPATH" in command.document.text
    if not code or not code.folder or is_set or code.find(module.partition(".")[0]) or code.find(name):
        return None
    root = Path(os.path.realpath(code.folder))
    inside = (each for each in python_files(root, MOST_FILES) or () if each.match(name))
    above = (folder / name for folder in root.parents[:3])
    path = next(filter(is_file, chain(inside, above)), None)
    if path is None or any(exists(folder / mark) for folder in path.parents for mark in _INSTALLED):
        return None
    if path.is_relative_to(root):
        return f"did you mean '{'.'.join(path.relative_to(root).with_suffix('').parts)}'?"
    return f"{os.path.relpath(path, root)} is not uploaded"
