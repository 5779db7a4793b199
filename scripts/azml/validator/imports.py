"""The modules that a command's scripts import when they start, followed into the snapshot's own modules."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azml.core.paths import is_file, is_folder, python_files, read_text

from .scripts import parsed
from .shell import MOST_FILES, Command


@dataclass(frozen=True)
class Import:
    """An import that runs whenever the script does: the names it may mean, the longest first."""

    names: tuple[str, ...]
    path: Path
    line: int
    level: int = 0


@dataclass(frozen=True)
class Source:
    """A script that a command starts, or a module of the snapshot that it imports."""

    path: Path
    text: str
    tree: ast.Module


def sources(command: Command) -> list[Source] | None:
    """Return the scripts and the modules that they import; None where one cannot be read."""
    found: dict[Path, Source] = {}
    for program, script in command.scripts:
        folders = _search_path(command, script, program.is_module)
        queue = [script]
        while queue:
            path = queue.pop()
            if path in found:
                continue
            tree = parsed(path)
            if tree is None:
                return None
            found[path] = Source(path, read_text(path), tree)
            queue += (each for one in imports(found[path]) for each in _files(one, folders))
    return list(found.values())


def imports(source: Source) -> Iterator[Import]:
    """Yield what runs when a module is imported; nothing under if or try, or in a function."""
    for node in _statements(source.tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import((alias.name,), source.path, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [".".join(filter(None, (module, alias.name))) for alias in node.names]
            yield Import((*names, module), source.path, node.lineno, node.level)


def local_names(command: Command) -> set[str] | None:
    """Return the names of all modules and folders in the snapshot; None where they are not known."""
    if command.code is None:
        return None
    names: set[str] = set()
    for top in (command.code.folder, *command.code.tops()):
        if top is None:
            continue
        files = python_files(top, MOST_FILES) if is_folder(top) else [top]
        if files is None:
            return None
        names |= {part for file in files for part in (file.stem, *file.relative_to(top.parent).parts[:-1])}
    return names


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        is_main = isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test)
        if is_main or isinstance(statement, ast.With):
            yield from _statements(getattr(statement, "body", []))


def _search_path(command: Command, script: Path, is_module: bool) -> list[Path]:
    root = command.code.folder if command.code else None
    folders = [] if is_module and root else [script.parent]
    return [*folders, root] if root else folders


def _files(one: Import, folders: list[Path]) -> Iterator[Path]:
    """Yield the files of the snapshot that an import runs."""
    if one.level:
        folders = [one.path.parents[one.level - 1]]
    for folder in folders:
        for name in one.names:
            yield from _modules(folder, name.split(".") if name else [])


def _modules(folder: Path, parts: list[str]) -> Iterator[Path]:
    for count in range(1, len(parts) + 1):
        path = folder.joinpath(*parts[:count])
        for file in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
            if is_file(file):
                yield file
