"""What a component's command starts: Python scripts and modules with their arguments, read without a shell.

Bindings stay in the words as written. What only a shell knows (variables, substitutions, a changed folder)
is left out.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice, pairwise
from pathlib import Path

from azml.core.components import Component
from azml.core.document import Document, Pointer
from azml.core.expressions import BINDING, INPUT, find_bindings
from azml.core.paths import exists, is_script, python_files, read_text
from azml.core.snapshot import Snapshot, SnapshotError, read_snapshot
from azml.core.values import mapping

from .specs import SpecProject

_PYTHON = re.compile(r"(?:.*/)?python[\d.]*$")
_SHELLS = {"bash", "sh", "source", ".", "Rscript"}
_WRAPPERS = {"time", "nohup", "exec", "env", "mpirun", "mpiexec", "horovodrun", "nice", "sudo"}
_LAUNCHERS = (["torchrun"], ["accelerate", "launch"], ["deepspeed"])
_LAUNCHER_MODULES = ("torch.distributed.launch", "torch.distributed.run", "accelerate.commands.launch")
# Any other program before a script may write it, unpack it or change the folder.
_HARMLESS = {"pip", "pip3", "echo", "ls", "pwd", "export", "set", "mkdir", "cat", "nvidia-smi", "sleep"}
_DESCRIPTORS = re.compile(r"(?<!\S)[0-2]>&[0-2]|(?<!\S)[0-2](?=>)")
# Reported by other rules: options on their own line, a single bracket, typographic dashes. Filled in by other
# tools: {{ a.b }}.
_UNCLEAR = re.compile(r"(?<![\\\s])[ \t]*\n\s*-|\$\[(?!\[)|(?<!\S)[\u2013\u2014]|(?<!\$)\{\{")
_SHELL_WORK = re.compile(r"[$`*?~{]")
# A code folder with more Python files than this, such as a whole repository, is not searched.
MOST_FILES = 500
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.""", re.DOTALL)


@dataclass(frozen=True)
class Program:
    """A script or module that a command starts, with its arguments, or a file that pip reads.

    ``several`` holds the bindings that may become several words or none: strings without quotes.
    """

    target: str
    arguments: list[str]
    is_module: bool = False
    is_python: bool = True
    several: frozenset[str] = frozenset()

    def varies(self, word: str) -> bool:
        """Tell whether a word may become several words, or none, when the command runs."""
        return any(text in word for text in self.several) or not is_plain(BINDING.sub("", word))


@dataclass(frozen=True)
class Command:
    """The command of a component: its text, what it starts and what is uploaded with it."""

    document: Document
    pointer: Pointer
    text: str
    component: Component

    @cached_property
    def programs(self) -> list[Program]:
        """The scripts and modules that it starts, up to a program that may change files."""
        return list(_programs(self.words, frozenset(_several(self))))

    @cached_property
    def words(self) -> list[list[str]]:
        """The words of each simple command; empty where quotes or comments make them unclear."""
        return _simple_commands(self.text)

    @cached_property
    def code(self) -> Snapshot | None:
        """What the component uploads; None where that is not known here (remote, missing, an archive)."""
        code = self.component.data.get("code")
        if not isinstance(code, str | None) or find_bindings(code):
            return None
        try:
            snapshot = read_snapshot(self.component)
        except SnapshotError:
            return None
        return snapshot if all(map(exists, snapshot.includes)) else None

    @cached_property
    def scripts(self) -> list[tuple[Program, Path]]:
        """The Python scripts that are started and uploaded, each with its file."""
        found: list[tuple[Program, Path]] = []
        if self.code is None:
            return found
        for program in self.programs:
            name = f"{program.target.replace('.', '/')}.py" if program.is_module else program.target
            path = self.code.find(name) if program.is_python else None
            if path and is_script(path):
                found.append((program, path))
        return found

    def mentions(self, words: Iterable[str]) -> bool:
        """Tell whether the command or its Python code contains one of the words, or the code is not known."""
        if self.code is None:
            return True
        folder = self.code.folder
        files = python_files(folder, MOST_FILES) if folder else list(islice(self.code.tops(), MOST_FILES))
        texts = (self.text, *map(read_text, files or ()))
        return files is None or any(word in text for text in texts for word in words)


def commands(project: SpecProject) -> Iterator[Command]:
    """Yield the command of every component that has one."""
    found = (command_of(each) for each in project.components.values())
    return (each for each in found if each and each.pointer[-1] == "command")


@lru_cache(maxsize=1024)
def command_of(component: Component) -> Command | None:
    """Return what a component runs: its command, or a Spark job's script with its arguments."""
    data, entry = component.data, mapping(component.data.get("entry")).get("file")
    if isinstance(text := data.get("command"), str):
        return Command(component.document, (*component.pointer, "command"), text, component)
    if component.type == "spark" and isinstance(entry, str):
        text = f"python {entry} {data.get('args') or ''}"
        return Command(component.document, (*component.pointer, "args"), text, component)
    return None


def is_plain(text: str) -> bool:
    """Tell whether the shell leaves a text as it is."""
    return not _SHELL_WORK.search(text)


def _programs(commands: list[list[str]], several: frozenset[str]) -> Iterator[Program]:
    for words in commands:
        while words and re.match(r"\w+=", words[0]):
            words = words[1:]
        program = _program(words)
        if program and not _SHELL_WORK.search(program.target):
            yield replace(program, several=several)
        elif words and not _PYTHON.match(words[0]) and words[0] not in _HARMLESS:
            return


def _several(command: Command) -> Iterator[str]:
    for binding in find_bindings(command.text):
        port = command.component.inputs.get(binding.name)
        is_text = binding.scope == INPUT and (port is None or port.type in ("string", None))
        is_quoted = any(f"{quote}{binding.text}{quote}" in command.text for quote in "'\"")
        if is_text and not is_quoted:
            yield _tight(binding.text)


def _tight(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _simple_commands(command: str) -> list[list[str]]:
    """Return the words of each simple command; empty where quotes or comments make them unclear."""
    if _UNCLEAR.search(command):
        return []
    text = BINDING.sub(lambda match: _tight(match[0]), command.replace("\\\n", " "))
    text = _DESCRIPTORS.sub(" ", text.replace("$[[", " ").replace("]]", " "))
    lexer = shlex.shlex(text, posix=True, punctuation_chars="();<>|&\n")
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if set(word) <= set("();|&\n"):
                commands.append([])
            elif word[:1] in ("#", " "):
                return []  # a comment, or a backslash that YAML folded: split-command says so
            else:
                commands[-1].append(word)
    except ValueError:
        return []
    return [words for words in map(_without_redirections, commands) if words]


def _without_redirections(words: list[str]) -> list[str]:
    arrows = {at for at, word in enumerate(words) if set(word) <= set("<>&")}
    return [word for at, word in enumerate(words) if at not in arrows and at - 1 not in arrows]


def _program(words: list[str]) -> Program | None:
    """Return what a simple command starts, or None."""
    if words and words[0] in _WRAPPERS:
        words = words[next((at for at, word in enumerate(words) if _PYTHON.match(word)), len(words)) :]
    if words[:1] in (["pip"], ["pip3"]) or words[1:3] == ["-m", "pip"]:
        return _requirements(words)
    if any(words[: len(launcher)] == launcher for launcher in _LAUNCHERS):
        return _first_script(words)
    if len(words) > 1 and words[0] in _SHELLS:
        return None if words[1].startswith("-") else Program(words[1], words[2:], is_python=False)
    return _python_program(words[1:]) if words and _PYTHON.match(words[0]) else None


def _requirements(words: list[str]) -> Program | None:
    """Return the local file of requirements that pip installs, or None."""
    names = (name for word, name in pairwise(words) if word in ("-r", "--requirement") and "://" not in name)
    return next((Program(name, [], is_python=False) for name in names), None)


def _python_program(words: list[str]) -> Program | None:
    while words and words[0].startswith("-"):
        if words[0] == "-m" and len(words) > 1:
            is_launcher = words[1] in _LAUNCHER_MODULES
            return _first_script(words) if is_launcher else Program(words[1], words[2:], is_module=True)
        if words[0] in ("-c", "-"):
            return None
        words = words[2:] if words[0] in ("-W", "-X") else words[1:]
    return Program(words[0], words[1:]) if words else None


def _first_script(words: list[str]) -> Program | None:
    """Return the script that a launcher starts: the first word that names a Python file."""
    at = next((at for at, word in enumerate(words) if word.endswith(".py")), None)
    return None if at is None else Program(words[at], words[at + 1 :])


def unquoted(command: str) -> str:
    """Return a command with quoted and escaped text masked; a remaining quote is never closed."""
    return _QUOTED.sub(lambda match: "_" * len(match[0]), command)
