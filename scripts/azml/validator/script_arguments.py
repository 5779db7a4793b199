"""The words of a command held against what its script's argparse accepts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from azml.core.components import Component
from azml.core.expressions import INPUT, SEARCH_SPACE, whole_binding
from azml.core.finding import ERROR, WARNING, Related, did_you_mean, nearest

from .dataflow import excused
from .literals import to_number
from .scripts import Option, Options, at_line, options_of
from .shell import Program, command_of, is_plain


@dataclass(frozen=True)
class Mistake:
    """What is wrong at ``word``, empty where a word is missing; the script's name begins the sentence.

    ``right`` is the word that was probably meant.
    """

    word: str
    message: str
    line: int = 0
    severity: str = ERROR
    right: str | None = None


@dataclass
class _Line:
    """A command line as argparse reads it, up to a word that may become several (``is_whole`` is then false).

    ``used`` has the name of each known option as written, the option and its values.
    """

    used: list[tuple[str, Option, list[str]]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    is_whole: bool = True


def mistakes(program: Program, options: Options) -> Iterator[Mistake]:
    """Yield what the script would refuse; nothing where a word may stand for several or for none."""
    line = _take_apart(program, options)
    given: list[Option] = []
    for name, option, values in line.used:
        if option in given and not option.repeats and option.values is not None:
            yield Mistake(name, f"is given {name} twice; the last one counts", option.line, WARNING)
        given.append(option)
        yield from _check_values(program, name, values, option)
    if not line.is_whole:
        return
    left = [
        name for option in options.options if option.repeats or option not in given for name in option.names
    ]
    for name in line.unknown if not options.open else ():
        yield Mistake(name, f"has no option {name}{did_you_mean(name, left)}", right=nearest(name, left))
    # How many words follow an unknown option, or one that takes any number, is not known.
    is_sure = not line.unknown and all(option.values is not None for option in given)
    yield from _check_loose(program, line.loose, options, is_sure)
    if not any(program.varies(word) for word in line.loose):
        yield from _missing(options, given, line.unknown)


def _take_apart(program: Program, options: Options) -> _Line:
    line, words = _Line(), list(program.arguments)
    while words:
        word = words.pop(0)
        if not _is_option(word):
            line.loose.append(word)
            continue
        name, equals, value = word.partition("=")
        if program.varies(name) or "${{" in name or name == "--":
            line.is_whole = False
            break
        option, most = options.find(name), _count_values(words)
        if option is None:
            line.unknown.append(name)
            words = words[most:]
            continue
        if name not in option.names and not name.startswith("--"):  # -n5, -vvv
            equals, value = "=", name[2:]
        count = 0 if equals else most if option.values is None else min(option.values, most)
        line.used.append((name, option, [value] if equals else words[:count]))
        words = words[count:]
    return line


def _is_option(word: str) -> bool:
    return len(word) > 1 and word.startswith("-") and to_number(word) is None and " " not in word


def _count_values(words: list[str]) -> int:
    return next((at for at, word in enumerate(words) if _is_option(word)), len(words))


def _check_values(program: Program, name: str, values: list[str], option: Option) -> Iterator[Mistake]:
    if option.values is not None and len(values) < option.values:
        yield Mistake(name, f"expects a value after {name}", option.line)
    if option.converter == "bool":
        message = f"reads {name} with type=bool, which makes any text true, even 'False'"
        yield Mistake(name, message, option.line, WARNING)
    for value in values:
        if program.varies(value) or "${{" in value:
            continue
        if problem := _refusal(name, option, value):
            yield Mistake(value, problem, option.line)


def _refusal(name: str, option: Option, value: str) -> str | None:
    """Say why a script refuses a word after an option, or return None."""
    if option.converter == "int" and not re.fullmatch(r"\s*[-+]?\d+(_\d+)*\s*", value):
        return f"expects an int for {name}, not '{value}'"
    if option.converter == "float" and to_number(value) is None:
        return f"expects a float for {name}, not '{value}'"
    plain = str(int(value)) if option.converter == "int" else value
    if option.choices is not None and plain not in option.choices:
        return f"does not accept '{value}' for {name}{did_you_mean(value, option.choices)}"
    return None


def refusals(component: Component, name: str, value: object) -> Iterator[tuple[str, tuple[Related]]]:
    """Yield why a script refuses a literal of the input ``name``, with the place in the script.

    Only where its command passes the input alone, as the one value of an option.
    """
    words = _words_of(value)
    for program, path, option_name, option in _passed(component).get(name, ()) if words else ():
        if all(_refusal(option_name, option, word) for word in words):
            problem = _refusal(option_name, option, str(value))
            yield f"{program.target} {problem}", at_line(path, option.line)


def _words_of(value: object) -> set[str]:
    """Return the words that an option may be given for a literal; none where that is not known.

    Unquoted, only the first of several words is the option's; a whole number may lose its fraction.
    """
    text = str(value).strip()
    if not text or type(value) not in (str, int, float) or not is_plain(text):
        return set()
    number = to_number(text)
    whole = {str(int(number))} if number is not None and number.is_integer() else set()
    return {text, text.split()[0]} | whole


@lru_cache(maxsize=1024)
def _passed(component: Component) -> dict[str, list[tuple[Program, Path, str, Option]]]:
    """Return, for each input, the options whose one value it is: (program, file, name, option)."""
    found: dict[str, list[tuple[Program, Path, str, Option]]] = {}
    command = command_of(component)
    for program, path in command.scripts if command else ():
        options = options_of(path)
        for name, option, values in _take_apart(program, options).used if options else ():
            binding = whole_binding(values[0]) if values and option.values == 1 else None
            if binding and binding.scope in (INPUT, SEARCH_SPACE):
                found.setdefault(binding.name, []).append((program, path, name, option))
    return found


def _check_loose(program: Program, loose: list[str], options: Options, is_sure: bool) -> Iterator[Mistake]:
    """Check the words that belong to no option against the script's positional arguments."""
    positional = [option for option in options.options if not option.names]
    varies = any(program.varies(word) for word in loose)
    if not options.open and all(option.values is not None for option in positional):
        most = sum(option.values or 0 for option in positional)
        for word in () if varies and most else loose[most:]:
            if not program.varies(word):
                yield Mistake(word, f"takes no positional argument '{word}'")
    required = [option for option in positional if option.required for _ in range(option.values or 1)]
    if is_sure and not varies and len(loose) < len(required):
        line = required[len(loose)].line
        yield Mistake("", "requires a positional argument that the command does not pass", line)


def _missing(options: Options, given: list[Option], unknown: list[str]) -> Iterator[Mistake]:
    lacking = (each for each in options.options if each.names and each.required and each not in given)
    required = {each.names[-1]: each for each in lacking}
    explained = excused(unknown, required)
    for name, option in required.items():
        if name not in explained:
            yield Mistake("", f"requires {name}, which the command does not pass", option.line)
