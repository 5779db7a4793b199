"""Hover, definitions and completion, in the words of core and validator."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azml.core.components import COMPONENT_KEYS, Component, Port
from azml.core.paths import is_file, is_folder, names_in
from azml.core.place import Place
from azml.core.references import ASSET, parse_reference
from azml.core.values import mapping
from azml.validator.scripts import options_of
from azml.validator.shell import Command, command_of

from .cursor import PORTS, Cursor

_PATH_KEYS = {"component", "trial", "code", "path", "conda_file", "environment", "build", "job", "create_job"}
_ASSETS = {
    **{"component": "component", "trial": "component", "environment": "environment"},
    **{"path": "data", "model": "model"},
}
_KEY = r"\s*(?:- +)?(?P<key>[\w$]+):\s+[\"']?"
_VALUE = re.compile(_KEY + r"(?P<path>(?:file:)?\.{0,2}/?[\w./-]*)$")
_ASSET = re.compile(_KEY + r"(?P<typed>azureml:[\w:@.-]*)$")
_SCRIPT = re.compile(r"\bpython3?\s+(?:-u\s+)?(?P<path>[\w./-]*)$")
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
    """Return what the input, output, binding or component at the cursor is, as Markdown."""
    port = cursor.port(cursor.binding) if cursor.binding else cursor.given
    if port:
        return _describe(port)
    step = cursor.step if cursor.key in COMPONENT_KEYS else None
    return _describe_component(step.component) if step and step.component else None


def _describe_component(component: Component) -> str:
    data = component.data
    name, texts = data.get("name", ""), [data.get("display_name"), data.get("description")]
    parts = [f"**{name}** {data.get('version', '')}".strip(), *(str(text).strip() for text in texts if text)]
    for kind in PORTS:
        ports = getattr(component, kind).values()
        parts += [f"{kind}:\n" + "\n".join(f"- {_describe(port, ': ')}" for port in ports)] if ports else []
    return "\n\n".join(parts)


def _describe(port: Port, between: str = "\n\n") -> str:
    options = [key for key in ("default", "min", "max", "enum", "optional") if port.option(key) is not None]
    facts = "".join(f", {key} {port.option(key)}" for key in options)
    text = str(port.option("description") or "").strip()
    return f"**{port.name}**: {port.type or 'of a type that is not known'}{facts}" + (
        text and f"{between}{text}"
    )


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
        if use.document is cursor.document and use.pointer == pointer and is_file(use.path):
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
                return Path(os.path.normpath(path))
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
    if match := _SCRIPT.search(cursor.before):
        return list(_scripts(cursor, match["path"]))
    if match := _ASSET.match(cursor.before):
        return list(_assets(cursor, match["key"], match["typed"]))
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
        for kind in PORTS:
            for name, port in getattr(pipeline, kind).items():
                yield f"parent.{kind}.{name}", port
        for other in pipeline.steps.values():
            if other is not step and other.component:
                for name, port in other.component.outputs.items():
                    yield f"parent.jobs.{other.name}.outputs.{name}", port
    else:
        yield from cursor.ports.items()


def _assets(cursor: Cursor, key: str, typed: str) -> Iterator[Proposal]:
    for (kind, name), documents in cursor.project.assets.items():
        for document in documents if kind == _ASSETS.get(key) else ():
            version = mapping(document.data).get("version")
            end = "@latest" if version is None else f":{version}"
            yield Proposal(f"azureml:{name}{end}", len(typed), document.path.name)


def _scripts(cursor: Cursor, typed: str) -> Iterator[Proposal]:
    component = next(cursor.components, None)
    code = component.data.get("code") if component else None
    if isinstance(code, str):
        folder, _, start = typed.rpartition("/")
        yield from _names_in(cursor.path.parent / code / folder, len(start), (".py",))


def _options(cursor: Cursor, length: int) -> Iterator[Proposal]:
    for command in _commands(cursor):
        for _, path in command.scripts:
            options = options_of(path)
            for name in options.names if options else ():
                yield Proposal(name, length, path.name)


def _paths(cursor: Cursor, typed: str) -> Iterator[Proposal]:
    folder, _, start = typed.removeprefix("file:").rpartition("/")
    length, prefix = (len(start), "") if folder else (len(typed), "./")
    yield from _names_in(cursor.path.parent / folder, length, ("",), prefix)


def _names_in(base: Path, length: int, ends: tuple[str, ...], prefix: str = "") -> Iterator[Proposal]:
    """Yield the folders, and the files with one of the endings, that are not hidden."""
    for name in names_in(base):
        is_open = is_folder(base / name)
        if not name.startswith((".", "__")) and (is_open or name.endswith(ends)):
            yield Proposal(f"{prefix}{name}{'/' if is_open else ''}", length)


def _names(cursor: Cursor, length: int) -> Iterator[Proposal]:
    """Yield the inputs or outputs that the step here does not give yet."""
    step, kind = cursor.step, str(cursor.keys[-1]) if cursor.keys else ""
    if step and step.component and kind in PORTS:
        for name, port in getattr(step.component, kind).items():
            if name not in getattr(step, kind):
                yield Proposal(f"{name}: ", length, *_facts(port))
