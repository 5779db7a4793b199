"""The modules that scripts import when they start, followed into the snapshot's own modules."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from azml.core.document import Document, Pointer
from azml.core.paths import is_file, is_folder, python_files, read_text
from azml.core.snapshot import Snapshot

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
    """A script that is started, or a module of the snapshot that it imports."""

    path: Path
    text: str
    tree: ast.Module


@dataclass(frozen=True)
class Code:
    """The scripts that a command, or a server, starts from a snapshot.

    ``scripts`` are files and whether they are started as modules; ``command`` is empty for a server's.
    """

    document: Document
    pointer: Pointer
    snapshot: Snapshot
    scripts: tuple[tuple[Path, bool], ...]
    command: str = ""

    @cached_property
    def sources(self) -> list[Source] | None:
        """The scripts and the modules that they import; None where one cannot be read."""
        found: dict[Path, Source] = {}
        for script, is_module in self.scripts:
            queue, folders = [script], self._search_path(script, is_module)
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

    @cached_property
    def local_names(self) -> set[str] | None:
        """The names of all modules and folders in the snapshot; None where they are not known."""
        names: set[str] = set()
        for top in filter(None, (self.snapshot.folder, *self.snapshot.tops())):
            files = python_files(top, MOST_FILES) if is_folder(top) else [top]
            if files is None:
                return None
            names |= {
                part for file in files for part in (file.stem, *file.relative_to(top.parent).parts[:-1])
            }
        return names

    def _search_path(self, script: Path, is_module: bool) -> list[Path]:
        root = self.snapshot.folder
        folders = [] if is_module and root else [script.parent]
        return [*folders, root] if root else folders


def code_of(command: Command) -> Code:
    """Return the scripts that a command starts; none with a shell script, which may do anything."""
    is_python = all(program.is_python for program in command.programs)
    scripts = tuple((path, program.is_module) for program, path in command.scripts if is_python)
    return Code(command.document, command.pointer, command.code or Snapshot(None), scripts, command.text)


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


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        is_main = isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test)
        if is_main or (isinstance(statement, ast.With) and not _suppresses(statement)):
            yield from _statements(getattr(statement, "body", []))


def _suppresses(statement: ast.With) -> bool:
    return any("suppress" in ast.unparse(item) for item in statement.items)


def _files(one: Import, folders: list[Path]) -> Iterator[Path]:
    """Yield the files of the snapshot that an import runs."""
    if one.level:
        folders = [one.path.parents[one.level - 1]]
    for folder in folders:
        for name in one.names:
            yield from _modules(folder, name.split(".") if name else [])


def _modules(folder: Path, parts: list[str]) -> Iterator[Path]:
    for part in parts:
        if is_file(module := folder / f"{part}.py"):
            yield module
        folder = folder / part
        if not is_folder(folder):
            return
        if is_file(package := folder / "__init__.py"):
            yield package
