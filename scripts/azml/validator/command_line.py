"""What a component's command starts: its Python scripts and modules with their arguments, without a shell.

Bindings become one word each, which stands for a value that is not known here. What only a shell could
tell (variables, substitutions, a changed folder) is left out.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from azml.spec.binding import find_bindings
from azml.spec.component import Component, mapping
from azml.spec.reference import FILE, parse_reference

# Stands for a rendered binding; private-use characters, so that no command contains it.
UNKNOWN = "\ue000"

_PYTHON = re.compile(r"(?:.*/)?python[\d.]*$")
_SHELLS = {"bash", "sh", "source", ".", "Rscript"}
_WRAPPERS = {"time", "nohup", "exec", "env", "mpirun", "mpiexec", "horovodrun", "nice", "sudo"}
_LAUNCHERS = (["torchrun"], ["accelerate", "launch"], ["deepspeed"])
_LAUNCHER_MODULES = ("torch.distributed.launch", "torch.distributed.run", "accelerate.commands.launch")
# Whatever else stands before a script may write it, unpack it or change the folder.
_HARMLESS = {"pip", "pip3", "echo", "ls", "pwd", "export", "set", "mkdir", "cat", "nvidia-smi", "sleep"}
_SHELL_WORK = re.compile(r"[$`*?~{]")


@dataclass(frozen=True)
class Program:
    """A script or a module that a command starts; ``arguments`` is what follows it."""

    target: str
    is_module: bool
    is_python: bool
    arguments: tuple[str, ...]


def programs(command: str) -> Iterator[Program]:
    """Yield the scripts and modules that a command starts, until something may change what is there."""
    for words in _simple_commands(command):
        while words and re.match(r"\w+=", words[0]):
            words = words[1:]
        program = _program(words)
        if program and not _SHELL_WORK.search(program.target) and UNKNOWN not in program.target:
            yield program
        elif words and not _PYTHON.match(words[0]) and words[0] not in _HARMLESS:
            return


def _simple_commands(command: str) -> list[list[str]]:
    """Return the words of each simple command; none where the quotes do not match."""
    text = command.replace("\\\n", " ")
    for binding in find_bindings(text):
        text = text.replace(binding.text, UNKNOWN)
    text = text.replace("$[[", " ").replace("]]", " ")
    lexer = shlex.shlex(text, posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if set(word) <= set("();|&\n"):
                commands.append([])
                continue
            if word.startswith("-") and not commands[-1] and len(commands) > 1:
                commands.pop()  # a blank line in a folded command
            commands[-1].append(word)
    except ValueError:
        return []
    return [_without_redirections(words) for words in commands if words]


def _without_redirections(words: list[str]) -> list[str]:
    kept: list[str] = []
    skip = False
    for word in words:
        is_arrow = set(word) <= set("<>&")
        if not skip and not is_arrow:
            kept.append(word)
        skip = is_arrow
    return kept


def _program(words: list[str]) -> Program | None:
    if words and words[0] in _WRAPPERS:
        words = words[next((at for at, word in enumerate(words) if _PYTHON.match(word)), len(words)) :]
    if any(words[: len(launcher)] == launcher for launcher in _LAUNCHERS):
        return _first_script(words)
    if len(words) > 1 and words[0] in _SHELLS:
        return None if words[1].startswith("-") else Program(words[1], False, False, tuple(words[2:]))
    return _python_program(words[1:]) if words and _PYTHON.match(words[0]) else None


def _python_program(words: list[str]) -> Program | None:
    while words and words[0].startswith("-"):
        if words[0] == "-m" and len(words) > 1:
            is_launcher = words[1] in _LAUNCHER_MODULES
            return _first_script(words) if is_launcher else Program(words[1], True, True, tuple(words[2:]))
        if words[0] in ("-c", "-"):
            return None
        words = words[2:] if words[0] in ("-W", "-X") else words[1:]
    return Program(words[0], False, True, tuple(words[1:])) if words else None


def _first_script(words: list[str]) -> Program | None:
    """Return the script that a launcher starts: the first word that names a Python file."""
    for at, word in enumerate(words):
        if word.endswith(".py"):
            return Program(word, False, True, tuple(words[at + 1 :]))
    return None


@dataclass(frozen=True)
class Code:
    """The files that a component ships: its code folder and what is added to it, or nothing (None)."""

    folder: Path | None
    included: tuple[Path, ...] = ()

    def find(self, name: str) -> Path | None:
        """Return the file or folder that stands under a name in the snapshot, or None."""
        places = [self.folder / name] if self.folder else []
        parts = Path(name).parts
        places += [each.joinpath(*parts[1:]) for each in self.included if parts and each.name == parts[0]]
        return next((each for each in places if each.exists()), None)

    def names(self) -> list[str]:
        """Return the names at the top of the snapshot."""
        inside = self.folder.iterdir() if self.folder else ()
        return sorted({each.name for each in (*inside, *self.included)})


def code_of(component: Component) -> Code | None:
    """Return what a component ships; None where that is not known here (remote, missing, an archive)."""
    base = component.document.path.parent
    code, extra = component.data.get("code"), _additional_includes(component)
    paths = [base / each for each in extra if isinstance(each, str)]
    if len(paths) < len(extra) or any(not path.exists() for path in paths):
        return None
    if code is None:
        return Code(None, tuple(paths))
    if not isinstance(code, str) or parse_reference(code).kind != FILE or find_bindings(code):
        return None
    folder = parse_reference(code).resolve(base)
    return Code(folder, tuple(paths)) if folder.is_dir() else None


def _additional_includes(component: Component) -> list[object]:
    """Return what is added to the code folder: azure-ai-ml entities/_component/_additional_includes.py."""
    listed = component.data.get("additional_includes")
    if listed is not None:
        return listed if isinstance(listed, list) else [None]
    beside = component.document.path.with_suffix(".additional_includes")
    if not beside.is_file() or component.pointer:
        return []
    return [line.strip() for line in read_text(beside).splitlines() if line.strip()]


def read_text(path: Path) -> str:
    """Return a file's text; what cannot be decoded is replaced, what cannot be read is empty."""
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def code_mentions(component: Component, words: Iterable[str]) -> bool:
    """Tell whether a component's Python code contains one of the words, or is not here to be read."""
    code = code_of(component)
    if code is None or (component.data.get("code") is None and code.included):
        return True
    files = code.folder.rglob("*.py") if code.folder else ()
    return any(word in text for text in map(read_text, files) for word in words)


def command_of(component: Component) -> str:
    """Return a component's command, or an empty text."""
    command = component.data.get("command")
    return command if isinstance(command, str) and not mapping(component.data.get("jobs")) else ""
