"""The options of a script, read from its source without running it: argparse, click and typer.

``read_options`` returns None wherever the source alone cannot tell: options built at run time, several
parsers, sub-commands, a parser that other modules add to.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

# Calls that hand a parser to code that is not here, or make it accept what it does not declare.
_UNTOLD = {"add_subparsers", "add_argparse_args", "add_arguments", "_add_action", "register", "add_typer"}
_PARSE = {"parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args"}
_FLAG_ACTIONS = {"store_true", "store_false", "count", "help", "version", "store_const", "append_const"}


@dataclass(frozen=True)
class Option:
    """One option (``names`` begin with a dash) or one positional argument (``names`` is empty).

    ``values`` is how many words follow it, None where that varies; ``choices`` the words it takes, None
    for any; ``converter`` is ``int``, ``float`` or None.
    """

    names: tuple[str, ...]
    line: int
    required: bool = False
    values: int | None = 1
    choices: tuple[str, ...] | None = None
    converter: str | None = None


@dataclass(frozen=True)
class Options:
    """What a script accepts; with ``open`` it also takes options that it does not declare."""

    options: tuple[Option, ...]
    open: bool = False
    prefixes: bool = True

    def find(self, name: str) -> Option | None:
        """Return the option of a name, or of an unambiguous beginning of one where that is accepted."""
        for option in self.options:
            if name in option.names:
                return option
        starts = [each for each in self.options if any(one.startswith(name) for one in each.names)]
        return starts[0] if self.prefixes and name.startswith("--") and len(starts) == 1 else None

    @property
    def names(self) -> list[str]:
        """Every option's names."""
        return [name for option in self.options for name in option.names]


def read_options(tree: ast.Module) -> Options | None:
    """Return the options of a parsed script, or None where its source cannot tell."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [_callee(call) for call in calls]
    if _UNTOLD & set(names):
        return None
    if "ArgumentParser" in names:
        return _read_argparse(tree, calls, names)
    commands = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and _is_command(node)]
    if len(commands) != 1 or "group" in {_callee(each) for each in _decorators(commands[0])}:
        return None
    return _read_click(commands[0]) if _imports(tree, "click") else _read_typer(commands[0], tree)


def _callee(call: ast.expr) -> str:
    """Return the last part of what is called: ``add_argument`` for ``group.add_argument(...)``."""
    function = call.func if isinstance(call, ast.Call) else call
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _imports(tree: ast.Module, module: str) -> bool:
    return any(
        module in (getattr(node, "module", None), *(alias.name for alias in node.names))
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    )


def _constant(node: ast.expr | None) -> object:
    """Return a literal's value; None for what is no literal."""
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _keywords(call: ast.Call) -> dict[str | None, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords}


# argparse


def _read_argparse(tree: ast.Module, calls: list[ast.Call], names: list[str]) -> Options | None:
    (parser, *others) = [call for call, name in zip(calls, names, strict=True) if name == "ArgumentParser"]
    parses = [call for call, name in zip(calls, names, strict=True) if name in _PARSE]
    settings = set(_keywords(parser)) - {
        "prog",
        "description",
        "usage",
        "epilog",
        "formatter_class",
        "add_help",
    }
    if others or not parses or settings - {"allow_abbrev"} or _is_handed_on(tree, calls):
        return None
    sure = set(_unconditional(tree.body))
    found = [
        _argparse_option(call, call in sure)
        for call, name in zip(calls, names, strict=True)
        if name == "add_argument"
    ]
    if None in found or any(isinstance(_constant(each), list) for call in parses for each in call.args):
        return None
    is_open = any("known" in _callee(call) for call in parses)
    prefixes = _constant(_keywords(parser).get("allow_abbrev")) is not False
    return Options((*found, Option(("-h", "--help"), 0, values=0)), is_open, prefixes)


def _is_handed_on(tree: ast.Module, calls: list[ast.Call]) -> bool:
    """Tell whether the parser reaches code that is not in this module, or the arguments are changed."""
    parsers = {"parser"} | {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _callee(node.value) in ("ArgumentParser", "add_argument_group")
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    here = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for call in calls:
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if any(_is_name(each, parsers) for each in given) and _callee(call) not in here:
            return True
    changes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "argv")
    slices = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Subscript) and _is_load(each)}
    return any(id(node) not in slices for node in changes)


def _is_name(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _is_load(node: ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Load)


def _unconditional(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """Yield the calls of statements that run whenever their function does: none under if, for or try."""
    for statement in body:
        if isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)):
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.Call))
        elif isinstance(statement, (ast.FunctionDef, ast.With)) or _is_main_guard(statement):
            yield from _unconditional(statement.body)


def _is_main_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def _argparse_option(call: ast.Call, sure: bool) -> Option | None:
    """Return what ``add_argument`` adds, or None where its names are made at run time."""
    names, keywords = [_constant(each) for each in call.args], _keywords(call)
    if not names or not all(isinstance(name, str) for name in names) or None in keywords:
        return None
    action, count = _constant(keywords.get("action")), _constant(keywords.get("nargs"))
    if _callee(keywords["action"]) == "BooleanOptionalAction" if "action" in keywords else False:
        names, action = [*names, *(f"--no-{name[2:]}" for name in names)], "store_true"
    elif "action" in keywords and action is None:
        return None
    is_option = names[0].startswith("-")
    values = 0 if action in _FLAG_ACTIONS else 1 if "nargs" not in keywords else None
    return Option(
        tuple(names) if is_option else (),
        call.lineno,
        required=is_option and sure and _constant(keywords.get("required")) is True,
        values=count if isinstance(count, int) else values,
        choices=_choices(keywords.get("choices")) if "type" not in keywords else None,
        converter=_converter(keywords.get("type")),
    )


def _choices(node: ast.expr | None) -> tuple[str, ...] | None:
    values = _constant(node)
    is_listed = isinstance(values, (list, tuple, set)) and all(isinstance(each, str) for each in values)
    return tuple(values) if is_listed else None


def _converter(node: ast.expr | None) -> str | None:
    return node.id if isinstance(node, ast.Name) and node.id in ("int", "float") else None


# click and typer


def _decorators(function: ast.FunctionDef) -> list[ast.expr]:
    return function.decorator_list


def _is_command(function: ast.FunctionDef) -> bool:
    return any(_callee(each) == "command" for each in _decorators(function))


def _read_click(function: ast.FunctionDef) -> Options | None:
    found = []
    for decorator in _decorators(function):
        kind = _callee(decorator)
        if kind == "option" and isinstance(decorator, ast.Call):
            found.append(_click_option(decorator))
        elif kind == "argument":
            found.append(Option((), decorator.lineno, values=None))
        elif kind not in ("command", "pass_context") or (
            isinstance(decorator, ast.Call) and set(_keywords(decorator)) - {"name", "help"}
        ):
            return None
    return None if None in found else Options((*found, Option(("--help",), 0, values=0)), prefixes=False)


def _click_option(call: ast.Call) -> Option | None:
    texts, keywords = [_constant(each) for each in call.args], _keywords(call)
    if not all(isinstance(text, str) for text in texts) or None in keywords:
        return None
    names = [part.strip() for text in texts for part in text.split("/") if part.strip().startswith("-")]
    is_flag = any("/" in text for text in texts) or _constant(keywords.get("is_flag")) is True
    is_flag = is_flag or _constant(keywords.get("count")) is True
    required = _constant(keywords.get("required")) is True and "envvar" not in keywords
    count = _constant(keywords.get("nargs"))
    values = 0 if is_flag else count if isinstance(count, int) else None if "flag_value" in keywords else 1
    return Option(tuple(names), call.lineno, required, values, None, _converter(keywords.get("type")))


def _read_typer(function: ast.FunctionDef, tree: ast.Module) -> Options | None:
    if not _imports(tree, "typer") or function.args.kwarg or function.args.vararg:
        return None
    arguments = [*function.args.args, *function.args.kwonlyargs]
    missing: list[ast.expr | None] = [None] * (len(function.args.args) - len(function.args.defaults))
    defaults = [*missing, *function.args.defaults, *function.args.kw_defaults]
    found = [_typer_option(*each) for each in zip(arguments, defaults, strict=True)]
    shell = ("--help", "--install-completion", "--show-completion")
    return Options((*found, Option(shell, 0, values=None)), prefixes=False)


def _typer_option(argument: ast.arg, default: ast.expr | None) -> Option:
    annotation = ast.unparse(argument.annotation) if argument.annotation else ""
    inside = [node for node in ast.walk(argument.annotation or ast.Pass()) if isinstance(node, ast.Call)]
    call = next((each for each in (*inside, default) if isinstance(each, ast.Call)), None)
    kind = _callee(call) if call else ""
    if kind == "Argument" or (default is None and kind != "Option") or "Context" in annotation:
        return Option((), argument.lineno, values=None)
    texts = [_constant(each) for each in call.args] if kind == "Option" else []
    given = [part for text in texts if isinstance(text, str) for part in text.split("/") if part[:1] == "-"]
    plain = argument.arg.replace("_", "-")
    is_flag = "bool" in annotation
    names = given or [f"--{plain}", *([f"--no-{plain}"] if is_flag else [])]
    required = default is None or (kind == "Option" and call is default and texts[:1] == [...])
    required = required and "envvar" not in (_keywords(call) if call else {})
    return Option(
        tuple(names), argument.lineno, required, 0 if is_flag else 1 if "ist[" not in annotation else None
    )
