"""Hover, definitions and completion, in the words of core and validator."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azml.core.components import Component, Port
from azml.core.paths import is_folder, names_in
from azml.core.place import Place
from azml.core.references import ASSET, parse_reference
from azml.validator.scripts import options_of
from azml.validator.shell import Command, command_of

from .cursor import Cursor

_PATH_KEYS = {"component", "trial", "code", "path", "conda_file", "environment", "build", "job"}
_ASSETS = {"component": "component", "trial": "component", "environment": "environment"}
_VALUE = re.compile(r"\s*(?:- +)?(?P<key>[\w$]+):\s+[\"']?(?P<path>(?:file:)?\.{0,2}/?[\w./-]*)$")
_OPEN_BINDING = re.compile(r"\$\{\{\s*(?P<typed>[\w.-]*)$")
_OPTION = re.compile(r"(?:^|\s)(?P<typed>--?[\w-]*)$")
_NAME = re.compile(r"\s*(?P<typed>[\w-]*)$")


@dataclass(frozen=True)
class Proposal:
    """A text that completes the last ``length`` characters before the cursor."""

    text: str
    length: int
    detail: str = ""
    documentation: str = ""


def hover(cursor: Cursor) -> str | None:
    """Return what the input, output or binding at the cursor is, as Markdown."""
    port = cursor.port(cursor.binding) if cursor.binding else cursor.given
    return _describe(port) if port else None


def _describe(port: Port) -> str:
    options = [key for key in ("default", "min", "max", "enum", "optional") if port.option(key) is not None]
    facts = "".join(f", {key} {port.option(key)}" for key in options)
    text = str(port.option("description") or "").strip()
    return f"**{port.name}**: {port.type or 'of a type that is not known'}{facts}" + (text and f"\n\n{text}")


def definition(cursor: Cursor) -> tuple[Path, int, int] | None:
    """Return the file, line and column, from 1, of what is named at the cursor."""
    if cursor.binding:
        port = cursor.port(cursor.binding)
        return _start(Place(port.document, port.pointer)) if port else None
    pointer, is_key = cursor.place
    if not is_key and (target := _file(cursor, pointer)):
        return target, 1, 1
    port = cursor.given
    return _start(Place(port.document, port.pointer)) if port else None


def _start(place: Place) -> tuple[Path, int, int]:
    related = place.related("")
    return Path(related.path), related.line, related.column


def _file(cursor: Cursor, pointer: tuple) -> Path | None:
    for use in cursor.project.file_uses:
        if use.document is cursor.document and use.pointer == pointer and use.path.exists():
            return use.path
    value = cursor.document.get(pointer)
    reference = parse_reference(value) if isinstance(value, str) else None
    kind = _ASSETS.get(str(pointer[-1])) if pointer else None
    if kind and reference and reference.kind == ASSET:
        found = cursor.project.find_asset(kind, reference, cursor.path)
        return found.path if found else None
    return _script(cursor)


def _script(cursor: Cursor) -> Path | None:
    """Return the script of a command whose name the cursor is in."""
    line = cursor.lines[cursor.line]
    for command in _commands(cursor):
        for program, path in command.scripts:
            start = line.find(program.target)
            if start >= 0 and start <= cursor.column <= start + len(program.target):
                return path
    return None


def _commands(cursor: Cursor) -> Iterator[Command]:
    for component in cursor.components:
        if command := command_of(component):
            yield command


def completions(cursor: Cursor) -> list[Proposal]:
    """Return what can stand at the cursor."""
    if match := _OPEN_BINDING.search(cursor.before):
        end = "" if cursor.lines[cursor.line][cursor.column :].lstrip().startswith("}}") else "}}"
        return [
            Proposal(f"{name}{end}", len(match["typed"]), *_facts(port)) for name, port in _bindings(cursor)
        ]
    if match := _OPTION.search(cursor.before):
        return list(_options(cursor, len(match["typed"])))
    match = _VALUE.match(cursor.before)
    if match and match["key"] in _PATH_KEYS:
        return list(_paths(cursor, match["path"]))
    if match := _NAME.fullmatch(cursor.before):
        return list(_names(cursor, len(match["typed"])))
    return []


def _facts(port: Port) -> tuple[str, str]:
    return port.type or "", _describe(port)


def _bindings(cursor: Cursor) -> Iterator[tuple[str, Port]]:
    """Yield what a binding here can name."""
    pipeline, step = cursor.pipeline, cursor.step
    is_command = bool({"command", "args", "task"} & {*cursor.keys, *re.findall(r"^\s*(\w+):", cursor.before)})
    if pipeline and step and not is_command:
        yield from _ports("parent.", pipeline)
        for other in pipeline.steps.values():
            if other is not step and other.component:
                for name, port in other.component.outputs.items():
                    yield f"parent.jobs.{other.name}.outputs.{name}", port
    elif component := next(cursor.components, None):
        yield from _ports("", component)


def _ports(prefix: str, component: Component) -> Iterator[tuple[str, Port]]:
    for kind in ("inputs", "outputs"):
        for name, port in getattr(component, kind).items():
            yield f"{prefix}{kind}.{name}", port


def _options(cursor: Cursor, length: int) -> Iterator[Proposal]:
    for command in _commands(cursor):
        for _, path in command.scripts:
            options = options_of(path)
            for name in options.names if options else ():
                yield Proposal(name, length, path.name)


def _paths(cursor: Cursor, typed: str) -> Iterator[Proposal]:
    folder, _, start = typed.removeprefix("file:").rpartition("/")
    base = cursor.path.parent / folder
    for name in names_in(base):
        if not name.startswith("."):
            text = f"{name}/" if is_folder(base / name) else name
            yield Proposal(text if folder else f"./{text}", len(start) if folder else len(typed))


def _names(cursor: Cursor, length: int) -> Iterator[Proposal]:
    """Yield the inputs or outputs that the step here does not give yet."""
    step, kind = cursor.step, str(cursor.keys[-1]) if cursor.keys else ""
    if step and step.component and kind in ("inputs", "outputs"):
        for name, port in getattr(step.component, kind).items():
            if name not in getattr(step, kind):
                yield Proposal(f"{name}: ", length, *_facts(port))
