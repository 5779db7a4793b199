"""The options of a script, read from its source without running it: argparse, click and typer.

``read_options`` returns None wherever the source alone cannot tell: options built at run time, several
parsers, sub-commands, a parser that other modules add to.
"""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from azml.core.paths import read_text

# What parsing a source can raise.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)

_PARSE = {"parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"}
# Calls that add to a parser what cannot be read here.
_UNTOLD = {"add_subparsers", "add_argparse_args", "add_arguments", "group", "callback", "add_typer"}
_PLAIN_SETTINGS = {"prog", "description", "usage", "epilog", "formatter_class", "add_help", "allow_abbrev"}
# Methods that a class of its own may define and still read its arguments as ArgumentParser does.
_HARMLESS_METHODS = {"error", "exit", "print_help", "print_usage", "format_help", "format_usage"}
# Settings of typer that read a word in a way of their own.
_OWN_TYPES = {"parser", "click_type", "case_sensitive", "callback"}
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
def read_options(source: str) -> Options | None:
    """Return a script's options, None where its source cannot tell; raise UNREADABLE."""
    with warnings.catch_warnings(action="ignore"):
        tree = ast.parse(source)
    if not any(library in source for library in ("argparse", "click", "typer")):
        return None
    nodes = list(ast.walk(tree))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    names, modules = {_callee(call) for call in calls}, set(_imported(nodes))
    if _UNTOLD & names or any(_is_changed(node, nodes) for node in nodes):
        return None
    makers = {"ArgumentParser", *(node.name for node in nodes if _is_parser_class(node))}
    if makers & names:
        return _read_argparse(tree, nodes, makers) if "argparse" in modules else None
    runs = [call.args[0] for call in calls if _callee(call) == "run" and call.args]
    started = {each.id for each in runs if isinstance(each, ast.Name)}
    commands = [each for each in nodes if isinstance(each, ast.FunctionDef) and _is_command(each, started)]
    if len(commands) != 1:
        return None
    return _read_click(commands[0]) if "click" in modules else _read_typer(commands[0], modules, nodes)


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


def _is_command(function: ast.FunctionDef, started: set[str]) -> bool:
    return function.name in started or any(_callee(each) == "command" for each in function.decorator_list)


def _value(node: ast.expr) -> object:
    """Return a literal's value; what is no literal stays a node."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return node


def _settings(call: ast.expr) -> dict[str | None, object]:
    return {keyword.arg: _value(keyword.value) for keyword in getattr(call, "keywords", ())}


def _converter(settings: dict[str | None, object], *known: str) -> str | None:
    name = _callee(settings.get("type"))
    return name if name in known else None


# argparse


def _is_parser_class(node: ast.AST) -> bool:
    """Tell whether this is a class that only words ArgumentParser's messages in its own way."""
    return (
        isinstance(node, ast.ClassDef)
        and [_callee(base) for base in node.bases] == ["ArgumentParser"]
        and all(getattr(each, "name", "error") in _HARMLESS_METHODS for each in node.body)
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
    found = [_argparse_option(call, call in sure) for call in adds]
    if None in found or _is_handed_on(nodes, calls, makers):
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
            yield from _unconditional(statement.body)


def _argparse_option(call: ast.Call, sure: bool) -> Option | None:
    """Return what ``add_argument`` adds, or None where its names are made at run time."""
    names, settings = [_value(each) for each in call.args], _settings(call)
    if not names or not all(isinstance(name, str) for name in names) or None in settings:
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
    is_list = isinstance(values, (list, tuple, set)) and all(type(each) is kind for each in values)
    return tuple(sorted(map(str, values))) if is_list else None


# click and typer


def _read_click(function: ast.FunctionDef) -> Options | None:
    found = []
    for decorator in function.decorator_list:
        kind = _callee(decorator)
        if kind == "option":
            found.append(_click_option(decorator))
        elif kind == "argument":
            found.append(_click_argument(decorator))
        elif kind not in ("command", "pass_context") or _settings(decorator).keys() - {"name", "help"}:
            return None
    return None if None in found else Options((*found, Option(("--help",), 0, values=0)))


def _click_argument(call: ast.Call) -> Option:
    """Return a positional argument; how many words those with more settings take is left open."""
    is_plain = not _settings(call).keys() - {"type", "metavar"}
    return Option((), call.lineno, required=is_plain, values=1 if is_plain else None)


def _click_option(call: ast.Call) -> Option | None:
    texts, settings = [_value(each) for each in call.args], _settings(call)
    if not all(isinstance(text, str) for text in texts) or None in settings:
        return None
    parts = [part.strip() for text in texts for part in text.split("/")]
    is_flag = len(parts) > len(texts) or True in (settings.get("is_flag"), settings.get("count"))
    count = 0 if is_flag else settings.get("nargs", 1)
    kind = settings.get("type")
    listed = _arguments(kind) if isinstance(kind, ast.Call) and _callee(kind) == "Choice" else ()
    return Option(
        tuple(part for part in parts if part.startswith("-")),
        call.lineno,
        required=settings.get("required") is True and "envvar" not in settings,
        values=count if isinstance(count, int) and (is_flag or "flag_value" not in settings) else None,
        choices=_words(_value(listed[0]), str) if len(listed) == 1 else None,
        converter=_converter(settings, "int", "float"),
        repeats="multiple" in settings or "count" in settings,
    )


def _read_typer(function: ast.FunctionDef, modules: set[str], nodes: list[ast.AST]) -> Options | None:
    signature = function.args
    if "typer" not in modules or signature.kwarg or signature.vararg:
        return None
    missing: list[ast.expr | None] = [None] * (len(signature.args) - len(signature.defaults))
    defaults = [*missing, *signature.defaults, *signature.kw_defaults]
    given = zip([*signature.args, *signature.kwonlyargs], defaults, strict=True)
    shell = Option(("--help", "--install-completion", "--show-completion"), 0, values=None)
    classes = [each for each in nodes if isinstance(each, ast.ClassDef)]
    enums = {each.name: each for each in classes if {"Enum", "StrEnum"} & set(map(_callee, each.bases))}
    return Options((*(_typer_option(*each, enums) for each in given), shell))


def _typer_option(argument: ast.arg, default: ast.expr | None, enums: dict[str, ast.ClassDef]) -> Option:
    annotation = argument.annotation or ast.Constant(None)
    calls = [each for each in (*ast.walk(annotation), default) if isinstance(each, ast.Call)]
    call = next((each for each in calls if _callee(each) in ("Option", "Argument")), None)
    kind, text, settings = _callee(call), ast.unparse(annotation), _settings(call)
    texts = [_value(each) for each in call.args] if call else []
    is_several = "ist[" in text or "uple[" in text or "count" in settings
    if kind == "Argument" or (default is None and kind != "Option") or "Context" in text:
        is_plain = not is_several and not settings.keys() - {"help", "metavar"} and "Context" not in text
        is_fixed = default is None and is_plain
        return Option((), argument.lineno, required=is_fixed, values=1 if is_fixed else None)
    names = [part for each in texts if isinstance(each, str) for part in each.split("/") if part[:1] == "-"]
    plain, is_flag = argument.arg.replace("_", "-"), "bool" in text
    names = names or [f"--{plain}", *([f"--no-{plain}"] if is_flag else [])]
    required = (default is None or texts[:1] == [...]) and "envvar" not in settings
    values = 0 if is_flag else None if is_several else 1
    typed = (None, None) if settings.keys() & _OWN_TYPES else _typer_type(annotation, enums)
    return Option(tuple(names), argument.lineno, required, values, *typed)


def _typer_type(annotation: ast.expr, enums: dict[str, ast.ClassDef]) -> tuple[tuple | None, str | None]:
    """Return the choices and the converter of an annotation: int, float, Literal, an Enum of the script."""
    if isinstance(annotation, ast.BinOp):  # int | None
        return _typer_type(annotation.left, enums)
    if isinstance(annotation, ast.Subscript):
        inner = getattr(annotation.slice, "elts", [annotation.slice])
        if _callee(annotation.value) in ("Annotated", "Optional"):
            return _typer_type(inner[0], enums)
        is_literal = _callee(annotation.value) == "Literal"
        return (_words([_value(each) for each in inner], str) if is_literal else None), None
    name = _callee(annotation)
    if name in enums:
        members = [each for each in enums[name].body if isinstance(each, ast.Assign)]
        return _words([_value(each.value) for each in members], str), None
    return None, name if name in ("int", "float") else None


def options_of(path: Path) -> Options | None:
    """Return a script's options, None where its source cannot tell or is no Python."""
    try:
        return read_options(read_text(path))
    except UNREADABLE:
        return None
