"""The words of a command line held against the options of a script, as argparse would read them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from azml.spec.finding import did_you_mean

from .command_line import UNKNOWN
from .contracts import excused, to_number
from .script_options import Option, Options

_SHELL_VALUE = re.compile(r"[$`*]")


@dataclass(frozen=True)
class Mistake:
    """What is wrong at ``word`` (at the script's name where a word is missing) and the script's line."""

    word: str
    message: str
    line: int = 0


def mistakes(words: tuple[str, ...], options: Options) -> Iterator[Mistake]:
    """Yield what the script would refuse; nothing where a word may stand for several or for none."""
    given: list[Option] = []
    unknown: list[str] = []
    rest = list(words)
    positionals = any(not option.names for option in options.options)
    certain = True
    while rest:
        word = rest.pop(0)
        if not _is_option(word):
            certain = certain and not _varies(word)
            if not positionals and not _varies(word) and not options.open:
                yield Mistake(word, f"takes no argument '{word}' here")
            continue
        name, _, value = word.partition("=")
        if UNKNOWN in name or name == "--":
            return
        option = options.find(name)
        if option is None:
            unknown.append(name)
            if not options.open and not _is_short_cluster(name, options):
                yield Mistake(name, f"has no option {name}{did_you_mean(name, options.names)}")
            rest = _without_values(rest)
            continue
        given.append(option)
        values = [value] if "=" in word else _values(rest, option)
        rest = rest if "=" in word else rest[len(values) :]
        yield from _check_values(name, values, option)
    if certain:
        yield from _missing(options, given, unknown)


def _is_option(word: str) -> bool:
    return len(word) > 1 and word.startswith("-") and to_number(word) is None and " " not in word


def _varies(word: str) -> bool:
    """Tell whether a word is not known before the command runs, or may become several words or none."""
    return UNKNOWN in word or bool(_SHELL_VALUE.search(word))


def _is_short_cluster(name: str, options: Options) -> bool:
    return not name.startswith("--") and any(name[:2] == each for each in options.names)


def _values(rest: list[str], option: Option) -> list[str]:
    if option.values is None:
        return rest[: len(rest) - len(_without_values(rest))]
    count = next((at for at, word in enumerate(rest) if _is_option(word)), len(rest))
    return rest[: min(option.values, count)]


def _without_values(rest: list[str]) -> list[str]:
    return rest[next((at for at, word in enumerate(rest) if _is_option(word)), len(rest)) :]


def _check_values(name: str, values: list[str], option: Option) -> Iterator[Mistake]:
    if option.values is not None and len(values) < option.values:
        yield Mistake(name, f"wants a value after {name}", option.line)
    for value in values:
        if _varies(value):
            continue
        if option.choices is not None and value not in option.choices:
            hint = did_you_mean(value, option.choices)
            yield Mistake(value, f"takes no '{value}' for {name}{hint}", option.line)
        number = to_number(value)
        is_whole = number is not None and re.fullmatch(r"[-+]?[\d_]+", value)
        if (option.converter == "int" and not is_whole) or (option.converter == "float" and number is None):
            yield Mistake(value, f"reads {name} as {option.converter}, and '{value}' is none", option.line)


def _missing(options: Options, given: list[Option], unknown: list[str]) -> Iterator[Mistake]:
    required = {each.names[-1]: each for each in options.options if each.required and each not in given}
    explained = excused(unknown, required)
    for name, option in required.items():
        if name not in explained:
            yield Mistake("", f"requires {name}, which the command does not pass", option.line)
