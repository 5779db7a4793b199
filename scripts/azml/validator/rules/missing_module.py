"""A script that imports a module from a folder where Python does not look for it.

Bad:
    code: ./                                 # holds src/helpers.py and src/jobs/shape.py
    command: python src/jobs/shape.py        # shape.py: from src.helpers import double

Fix: run it as a module, ``python -m src.jobs.shape``, set PYTHONPATH, or move the module beside the script.
Not reported where the command, the spec or the script changes the path, or the code can be installed.

Source: https://docs.python.org/3/library/sys.html#sys.path (the script's own folder comes first; the working
directory is on the path only with -m).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from azml.core.finding import WARNING
from azml.core.paths import exists, is_file, is_folder, read_text
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.scripts import UNREADABLE, at_line, parse
from azml.validator.shell import Command

RULE = Rule("missing-module", severity=WARNING, since="0.2")

_INSTALLED = ("pyproject.toml", "setup.py", "setup.cfg")
_CHANGES_PATH = ("sys.path", "PYTHONPATH", "site.addsitedir", "importlib")


def check_command(command: Command) -> Findings:
    root = command.code.folder if command.code else None
    if root is None or "PYTHONPATH" in command.document.text or _is_installable(root):
        return
    for program, path in command.scripts:
        source = read_text(path)
        if (
            program.is_module
            or not path.is_relative_to(root)
            or any(word in source for word in _CHANGES_PATH)
        ):
            continue
        for name, line in _imports(source):
            if _is_only_at(root, name, path.parent):
                right = ".".join(path.relative_to(root).with_suffix("").parts)
                message = f"{program.target} cannot import {name}: only its own folder is searched; "
                message += f"run python -m {right}"
                yield warning(message, command, text=program.target, related=at_line(path, line, 1, "here"))
                break


def _is_installable(root: Path) -> bool:
    return any(exists(root / mark) for mark in _INSTALLED)


def _imports(source: str) -> Iterator[tuple[str, int]]:
    """Yield (module, line) of the absolute imports that run when the script starts."""
    try:
        body = parse(source).body
    except UNREADABLE:
        return
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)


def _is_only_at(root: Path, name: str, folder: Path) -> bool:
    """Tell whether a module is found from the top of the code folder and not from the script's folder."""
    head = name.partition(".")[0]
    return folder != root and _holds(root, name) and not _holds(folder, head)


def _holds(folder: Path, name: str) -> bool:
    path = folder.joinpath(*name.split("."))
    return is_file(path.with_name(f"{path.name}.py")) or (is_folder(path) and any(path.glob("*.py")))
