"""The words of a command line held against the options of a script, as argparse would read them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from azml.spec.finding import ERROR, WARNING, did_you_mean

from .command_line import Program
from .contracts import excused
from .literals import to_number
from .script_options import Option, Options


@dataclass(frozen=True)
class Mistake:
    """What is wrong at ``word`` (at the script's name where a word is missing) and the script's line."""

    word: str
    message: str
    line: int = 0
    severity: str = ERROR


def mistakes(program: Program, options: Options) -> Iterator[Mistake]:
    """Yield what the script would refuse; nothing where a word may stand for several or for none."""
    words = list(program.arguments)
    given: list[Option] = []
    unknown: list[str] = []
    loose: list[str] = []
    while words:
        word = words.pop(0)
        if not _is_option(word):
            loose.append(word)
            continue
        name, equals, value = word.partition("=")
        if program.varies(name) or "${{" in name or name == "--":
            return
        option = options.find(name)
        if option is None:
            unknown.append(name)
            words = words[_count_values(words) :]
            continue
        if option in given and not option.repeats and option.values is not None:
            yield Mistake(word, f"is given {name} twice; the last one counts", option.line, WARNING)
        given.append(option)
        count = _count_values(words) if option.values is None else min(option.values, _count_values(words))
        if name not in option.names and not name.startswith("--"):  # -n5, -vvv
            equals, value = "=", name[2:]
        values, words = ([value], words) if equals else (words[:count], words[count:])
        yield from _check_values(program, name, values, option)
    if not options.open:
        for name in unknown:
            yield Mistake(name, f"has no option {name}{did_you_mean(name, options.names)}")
    yield from _check_loose(program, loose, options)
    if not any(program.varies(word) for word in loose):
        yield from _missing(options, given, unknown)


def _is_option(word: str) -> bool:
    return len(word) > 1 and word.startswith("-") and to_number(word) is None and " " not in word


def _count_values(words: list[str]) -> int:
    return next((at for at, word in enumerate(words) if _is_option(word)), len(words))


def _check_values(program: Program, name: str, values: list[str], option: Option) -> Iterator[Mistake]:
    if option.values is not None and len(values) < option.values:
        yield Mistake(name, f"wants a value after {name}", option.line)
    if option.converter == "bool":
        message = f"reads {name} with type=bool, for which every text is true, 'False' too"
        yield Mistake(name, message, option.line, WARNING)
    for value in values:
        if program.varies(value) or "${{" in value:
            continue
        if option.choices is not None and value not in option.choices:
            hint = did_you_mean(value, option.choices)
            yield Mistake(value, f"takes no '{value}' for {name}{hint}", option.line)
        if option.converter == "int" and not re.fullmatch(r"[-+]?[\d_]+", value):
            yield Mistake(value, f"reads {name} as an int, and '{value}' is none", option.line)
        if option.converter == "float" and to_number(value) is None:
            yield Mistake(value, f"reads {name} as a float, and '{value}' is none", option.line)


def _check_loose(program: Program, loose: list[str], options: Options) -> Iterator[Mistake]:
    """Hold the words that belong to no option against the script's positional arguments."""
    positional = [option for option in options.options if not option.names]
    if not positional and not options.open:
        for word in loose:
            if not program.varies(word):
                yield Mistake(word, f"takes no argument '{word}' here")
    if not loose and positional and positional[0].required:
        yield Mistake("", "requires an argument that the command does not pass", positional[0].line)


def _missing(options: Options, given: list[Option], unknown: list[str]) -> Iterator[Mistake]:
    lacking = (each for each in options.options if each.names and each.required and each not in given)
    required = {each.names[-1]: each for each in lacking}
    explained = excused(unknown, required)
    for name, option in required.items():
        if name not in explained:
            yield Mistake("", f"requires {name}, which the command does not pass", option.line)
