"""What a repository asks of the validator: azml.toml, or [tool.azml] in pyproject.toml.

For a spec the nearest such file counts, from its folder up to the root of the repository, and no other; in
one folder azml.toml wins. Patterns are those of .gitignore, from the folder of the file.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from azml.core.configuration import NAMES, RUNNER_KEYS, TABLE
from azml.core.finding import ERROR, WARNING, Finding, did_you_mean
from azml.core.paths import read_text
from azml.core.values import JSON

from .baseline import Baseline, BaselineError, read_baseline
from .messages import describe
from .rules import BY_ID
from .rules.configuration import RULE

if TYPE_CHECKING:
    from pathspec import PathSpec


@dataclass
class Settings:
    """What one file says; ``findings`` are the mistakes in it. ``select`` is None for all rules."""

    folder: Path = Path()
    select: set[str] | None = None
    ignore: set[str] = field(default_factory=set)
    per_file_ignores: list[tuple["PathSpec", set[str]]] = field(default_factory=list)
    severity: dict[str, str] = field(default_factory=dict)
    exclude: "PathSpec | None" = None
    placeholders: list[re.Pattern] = field(default_factory=list)
    baseline: Baseline = field(default_factory=Baseline)
    baseline_file: Path | None = None
    findings: list[Finding] = field(default_factory=list)

    def excludes(self, path: Path) -> bool:
        """Tell whether nothing is to be said of a file."""
        return self.exclude is not None and self.exclude.match_file(self._relative(path))

    def ignores(self, path: Path, rule: str) -> bool:
        """Tell whether a rule is off in a file."""
        if rule in self.ignore or (self.select is not None and rule not in self.select):
            return True
        if not BY_ID[rule].is_default and self.select is None and rule not in self.severity:
            return True
        name = self._relative(path)
        return any(rule in rules and files.match_file(name) for files, rules in self.per_file_ignores)

    def is_placeholder(self, text: str) -> bool:
        """Tell whether a text holds something that another tool fills in."""
        return any(pattern.search(text) for pattern in self.placeholders)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else path.name


class Configuration:
    """The settings of every file of a repository; what the command line says comes first.

    ``known`` counts the findings that a baseline left out.
    """

    def __init__(
        self, select: Iterable[str] = (), ignore: Iterable[str] = (), baseline: Baseline | None = None
    ) -> None:
        self.select, self.ignore = set(select), set(ignore)
        self.baseline = None if baseline is None else Baseline(baseline)
        self.known = 0
        self._by_folder: dict[Path, Settings] = {}

    def of(self, path: Path) -> Settings:
        """Return the settings for a file."""
        return self._of_folder(Path(os.path.abspath(path)).parent)

    @property
    def findings(self) -> list[Finding]:
        """The mistakes in the files that counted so far."""
        return [finding for settings in self._by_folder.values() for finding in settings.findings]

    def is_known(self, finding: Finding) -> bool:
        """Tell whether a baseline leaves a finding out, and count it."""
        baseline = self.of(Path(finding.path)).baseline if self.baseline is None else self.baseline
        is_known = baseline.takes(finding) if baseline else False
        self.known += is_known
        return is_known

    def _of_folder(self, folder: Path) -> Settings:
        if folder not in self._by_folder:
            found = next(filter(None, (_read(folder / name) for name in NAMES)), None)
            if found:
                self._by_folder[folder] = self._with_command_line(found)
            elif (folder / ".git").exists() or folder == folder.parent:
                self._by_folder[folder] = self._with_command_line(Settings(folder))
            else:
                self._by_folder[folder] = replace(self._of_folder(folder.parent), findings=[])
        return self._by_folder[folder]

    def _with_command_line(self, settings: Settings) -> Settings:
        settings.select = self.select or settings.select
        settings.ignore |= self.ignore
        return settings


def unknown_rule(rule: object) -> str | None:
    """Return what is wrong with the id of a rule, or None."""
    return None if rule in BY_ID else f"there is no rule '{rule}'{did_you_mean(rule, BY_ID)}"


def _read(path: Path) -> Settings | None:
    """Return what a file says; None where it is no file or says nothing to azml."""
    text = read_text(path)
    is_own = path.name == NAMES[0]
    table = TABLE.search(text)
    if not path.is_file() or not (is_own or table):
        return None
    return _Reader(path, text, 0 if is_own or table is None else table.start()).settings(is_own)


class _Reader:
    """Reads one file: each key has a method of its name, and what is wrong becomes a finding at its words."""

    def __init__(self, path: Path, text: str, start: int) -> None:
        self.path, self.text, self.start = path, text, start
        self.found = Settings(path.parent)

    def settings(self, is_own: bool) -> Settings:
        import tomllib  # few have such a file

        try:
            content = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r" \(at line (\d+), column (\d+)\)", str(error))
            line, column = (int(place[1]), int(place[2])) if place else (1, 1)
            self.add(f"this is not TOML: {str(error).partition(' (at')[0].lower()}", line, column)
            return self.found
        data = content if is_own else content["tool"]["azml"]
        for key, value in data.items() if isinstance(data, dict) else ():
            if key in RUNNER_KEYS:
                continue
            read = _KEYS.get(key)
            if read is None:
                self.problem(f"unknown key '{key}'{did_you_mean(key, (*_KEYS, *RUNNER_KEYS))}", key)
            else:
                read(self, key, value)
        return self.found

    def add(self, message: str, line: int, column: int, length: int = 0) -> None:
        end = column + length if length else 0
        source = self.text.split("\n")[line - 1]
        place = str(self.path), line, column
        self.found.findings.append(Finding(*place, RULE.id, message, end_column=end, source=source))

    def problem(self, message: str, *words: str) -> None:
        """Add a finding at the last of the words, which follow each other in the text."""
        at, length = self.start, 0
        for word in words:
            found = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])").search(self.text, at)
            at, length = (found.start(), len(word)) if found else (at, length)
        line = self.text.count("\n", 0, at) + 1
        self.add(message, line, at - self.text.rfind("\n", 0, at), length)

    def texts(self, value: JSON, *words: str) -> list[str]:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
        self.problem(f"expected a list of strings, not {describe(value)}", *words)
        return []

    def table(self, value: JSON, key: str) -> Iterator[tuple[str, JSON]]:
        if isinstance(value, dict):
            yield from value.items()
        else:
            self.problem(f"expected a table, not {describe(value)}", key)

    def rules(self, value: JSON, *words: str) -> set[str]:
        found = self.texts(value, *words)
        for rule in found:
            if problem := unknown_rule(rule):
                self.problem(problem, *words, rule)
        return set(found) & set(BY_ID)

    def select(self, key: str, value: JSON) -> None:
        self.found.select = self.rules(value, key)

    def ignore(self, key: str, value: JSON) -> None:
        self.found.ignore = self.rules(value, key)

    def per_file_ignores(self, key: str, value: JSON) -> None:
        for pattern, rules in self.table(value, key):
            ignored = self.rules(rules, key, pattern)
            self.found.per_file_ignores.append((_patterns([pattern]), ignored))

    def severity(self, key: str, value: JSON) -> None:
        for rule, level in self.table(value, key):
            if problem := unknown_rule(rule):
                self.problem(problem, key, rule)
            elif level not in (ERROR, WARNING):
                self.problem(f"expected 'error' or 'warning', not {describe(level)}", key, rule, str(level))
            else:
                self.found.severity[rule] = level

    def exclude(self, key: str, value: JSON) -> None:
        self.found.exclude = _patterns(self.texts(value, key))

    def baseline(self, key: str, value: JSON) -> None:
        if not isinstance(value, str):
            self.problem(f"expected the path of a file, not {describe(value)}", key)
            return
        self.found.baseline_file = self.path.parent / value
        try:
            self.found.baseline = read_baseline(self.found.baseline_file)
        except BaselineError as error:
            self.problem(str(error).removeprefix(f"{self.path.parent}{os.sep}"), key)

    def placeholders(self, key: str, value: JSON) -> None:
        for text in self.texts(value, key):
            try:
                self.found.placeholders.append(re.compile(text))
            except re.error as error:
                self.problem(f"'{text}' is not a regular expression: {error}", key)


_KEYS: dict[str, Callable[[_Reader, str, JSON], None]] = {
    "select": _Reader.select,
    "ignore": _Reader.ignore,
    "per-file-ignores": _Reader.per_file_ignores,
    "severity": _Reader.severity,
    "exclude": _Reader.exclude,
    "placeholders": _Reader.placeholders,
    "baseline": _Reader.baseline,
}


def _patterns(lines: list[str]) -> "PathSpec":
    from pathspec import PathSpec  # slow to import

    return PathSpec.from_lines("gitignore", lines)
