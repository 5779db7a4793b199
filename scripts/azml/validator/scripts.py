"""The scripts that commands start, and what their argparse accepts.

A script's source is read and never run. ``read_options`` returns None wherever the source alone cannot tell:
options built at run time, several parsers, sub-commands, a parser that other modules add to, other libraries.
"""

import ast
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from azml.core.finding import Related
from azml.core.paths import read_text

# What parsing a source can raise.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)

_PARSE = {"parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"}
# Calls that add to a parser what cannot be read here.
_UNTOLD = {"add_subparsers", "add_argparse_args", "add_arguments"}
_PLAIN_SETTINGS = {"prog", "description", "usage", "epilog", "formatter_class", "add_help", "allow_abbrev"}
# Methods that a class of its own may define and still read its arguments as ArgumentParser does.
_HARMLESS_METHODS = {"error", "exit", "print_help", "print_usage", "format_help", "format_usage"}
_REPEATED_ACTIONS = {"append", "append_const", "extend", "count"}
_FLAG_ACTIONS = {"store_true", "store_false", "count", "help", "version", "store_const", "append_const"}


@dataclass(frozen=True)
class Option:
    """One option (``names`` begin with a dash) or one positional argument (``names`` is empty).

    ``values`` is how many words follow it, None where that varies; ``choices`` the words it takes, None
    for any; ``converter`` is ``int``, ``float``, ``bool`` or None. With ``repeats`` it may stand twice.
    """

    names: tuple[str, ...]
    line: int
    required: bool = False
    values: int | None = 1
    choices: tuple[str, ...] | None = None
    converter: str | None = None
    repeats: bool = False


@dataclass(frozen=True)
class Options:
    """What a script accepts; with ``open`` it also takes options that it does not declare."""

    options: tuple[Option, ...]
    open: bool = False
    prefixes: bool = False

    def find(self, name: str) -> Option | None:
        """Return the option of a name, or of the beginning of one where that is accepted."""
        exact = next((each for each in self.options if name in each.names), None)
        if exact or (name.startswith("--") and not self.prefixes):
            return exact
        if not name.startswith("--"):  # -n5, -vvv
            return next((each for each in self.options if name[:2] in each.names), None)
        starts = [each for each in self.options if any(one.startswith(name) for one in each.names)]
        return starts[0] if len(starts) == 1 else None

    @property
    def names(self) -> list[str]:
        """Every option's names."""
        return [name for option in self.options for name in option.names]


@lru_cache(maxsize=256)
def parse(source: str) -> ast.Module:
    """Return a script's syntax tree; raise UNREADABLE. Several rules look at the same script."""
    with warnings.catch_warnings(action="ignore"):
        return ast.parse(source)


def parsed(path: Path) -> ast.Module | None:
    """Return a script's syntax tree, None where it is not Python."""
    try:
        return parse(read_text(path))
    except UNREADABLE:
        return None


@lru_cache(maxsize=256)
def read_options(source: str) -> Options | None:
    """Return a script's options, None where its source cannot tell; raise UNREADABLE."""
    tree = parse(source)
    if "argparse" not in source:
        return None
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    names, modules = {_callee(call) for call in calls}, set(_imported(nodes))
    if _UNTOLD & names or any(_is_changed(node, nodes) for node in nodes):
        return None
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    makers = {"ArgumentParser", *(node.name for node in classes if _is_parser_class(node))}
    if not makers & names or "argparse" not in modules:
        return None
    return _read_argparse(tree, nodes, makers)


def _callee(node: object) -> str:
    """Return the last part of what is called or named: ``add_argument`` for ``group.add_argument(...)``."""
    function = node.func if isinstance(node, ast.Call) else node
    return getattr(function, "attr", getattr(function, "id", ""))


def _imported(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (getattr(node, "module", None) or "", *(alias.name for alias in node.names))


def _is_changed(node: ast.AST, nodes: list[ast.AST]) -> bool:
    """Tell whether ``sys.argv`` is used other than by slicing: the script may change it."""
    is_argv = isinstance(node, ast.Attribute) and node.attr == "argv"
    return is_argv and not any(isinstance(each, ast.Subscript) and each.value is node for each in nodes)


def _value(node: ast.expr) -> object:
    """Return a literal's value; anything else stays a node."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return node


def _settings(call: ast.expr) -> dict[str | None, object]:
    return {keyword.arg: _value(keyword.value) for keyword in getattr(call, "keywords", ())}


def _converter(settings: dict[str | None, object], *known: str) -> str | None:
    name = _callee(settings.get("type"))
    return name if name in known else None


def _is_parser_class(node: ast.ClassDef) -> bool:
    """Tell whether this is a class that only words ArgumentParser's messages in its own way."""
    return [_callee(base) for base in node.bases] == ["ArgumentParser"] and all(
        getattr(each, "name", "error") in _HARMLESS_METHODS for each in node.body
    )


def _read_argparse(tree: ast.Module, nodes: list[ast.AST], makers: set[str]) -> Options | None:
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    parser, *others = [call for call in calls if _callee(call) in makers]
    parses = [call for call in calls if _callee(call) in _PARSE]
    adds = [call for call in calls if _callee(call) == "add_argument"]
    named = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == "add_argument"]
    fixed = any(isinstance(_value(each), list) for call in parses for each in _arguments(call))
    settings = _settings(parser)
    if others or not parses or fixed or len(named) > len(adds) or set(settings) - _PLAIN_SETTINGS:
        return None
    sure = set(_unconditional(tree.body))
    read = [_argparse_option(call, call in sure) for call in adds]
    found = [option for option in read if option]
    if len(found) < len(read) or _is_handed_on(nodes, calls, makers):
        return None
    is_open = any("known" in _callee(call) for call in parses)
    prefixes = settings.get("allow_abbrev") is not False
    return Options((*found, Option(("-h", "--help"), 0, values=0)), is_open, prefixes)


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_handed_on(nodes: list[ast.AST], calls: list[ast.Call], makers: set[str]) -> bool:
    """Tell whether the parser reaches code that is not in this module."""
    makers = makers | {"add_argument_group", "add_mutually_exclusive_group"}
    assigned = (each for each in nodes if isinstance(each, ast.Assign) and _callee(each.value) in makers)
    parsers = {"parser"} | {_callee(target) for each in assigned for target in each.targets}
    here = {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    outside = (arg for call in calls if _callee(call) not in here for arg in _arguments(call))
    return any(isinstance(arg, ast.Name) and arg.id in parsers for arg in outside)


def _unconditional(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """Yield the calls of statements that run whenever their function does: none under if, for or try."""
    for statement in body:
        is_main_guard = isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)
        if isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)):
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.Call))
        elif is_main_guard or isinstance(statement, (ast.FunctionDef, ast.With)):
            yield from _unconditional(getattr(statement, "body", []))


def _argparse_option(call: ast.Call, sure: bool) -> Option | None:
    """Return what ``add_argument`` adds, or None where its names are made at run time."""
    values, settings = [_value(each) for each in call.args], _settings(call)
    names = [name for name in values if isinstance(name, str)]
    if not names or len(names) < len(values) or None in settings:
        return None
    action = settings.get("action", "store")
    if _callee(action) == "BooleanOptionalAction":
        names, action = [*names, *(f"--no-{name[2:]}" for name in names)], "store_true"
    if not isinstance(action, str):
        return None
    is_option = names[0].startswith("-")
    count = settings.get("nargs", 0 if action in _FLAG_ACTIONS else 1)
    is_required = settings.get("required") is True if is_option else count == "+" or isinstance(count, int)
    return Option(
        tuple(names) if is_option else (),
        call.lineno,
        required=sure and is_required,
        values=count if isinstance(count, int) else None,
        choices=_choices(settings),
        converter=_converter(settings, "int", "float", "bool"),
        repeats=action in _REPEATED_ACTIONS,
    )


def _choices(settings: dict[str | None, object]) -> tuple[str, ...] | None:
    """Return the words for ``choices``, which are compared after ``type`` converted a word."""
    converted = _callee(settings["type"]) if "type" in settings else "str"
    return _words(settings.get("choices"), {"str": str, "int": int}.get(converted))


def _words(values: object, kind: type | None) -> tuple[str, ...] | None:
    if not isinstance(values, (list, tuple, set)) or not all(type(each) is kind for each in values):
        return None
    return tuple(sorted(map(str, values)))


def options_of(path: Path) -> Options | None:
    """Return a script's options, None where its source cannot tell or is not Python."""
    try:
        return read_options(read_text(path))
    except UNREADABLE:
        return None


def at_line(path: Path, line: int, column: int = 1, message: str = "declared here") -> tuple[Related]:
    """Return a line of a script, or where there is none the script, as a related place."""
    return (Related(os.path.abspath(path), line or 1, column, message if line else "the script"),)
