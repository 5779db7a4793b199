"""``azml validate --environments``: whether the package index has what conda files ask pip for.

uv resolves pip's packages of each conda file as pip does on Azure ML: for Linux on x86-64 and the declared
Python, from the indexes that the file names. Conda's own packages come from other channels, which nobody asks
here; pip replaces those that do not fit. What resolved is known for a day, in ``.local/resolved``.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Parsed
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from azml.core.conda import read_conda_package
from azml.core.environment import Environment, Requirement, read_environment
from azml.core.finding import ERROR, WARNING, Finding
from azml.core.home import HOME, prepare_home, write_json
from azml.core.place import Place
from azml.core.secrets import hide_secrets
from azml.core.uv import AS_PIP, find_uv, mentioned, reason, run_tool
from azml.core.values import sequence

from .rules.unavailable_package import RULE
from .specs import SpecProject

# The newest glibc of Azure ML's images: a wheel for an older one fits as well.
PLATFORM = "x86_64-manylinux_2_39"
# Where no Python is declared, or a range, conda takes one that fits: the newest of these is tried first.
PYTHONS = tuple(f"3.{minor}" for minor in range(14, 6, -1))
# Conda takes the newest micro version; packages that ask for at least 3.8.1 must not be refused.
NEWEST = "99"
# Before 20.3 pip warned of a conflict and went on (https://pip.pypa.io/en/stable/news/#v20-3).
RESOLVING_PIP, ITS_NEWEST = "20.3", "20.3.4"
A_DAY = 24 * 60 * 60
_YANKED = re.compile(
    r"^warning: `(?P<package>[^`]+)` is yanked(?: \(reason: \"(?P<reason>.*?)\.?\"\))?", re.MULTILINE
)
_UNREACHABLE = re.compile(
    r"network was disabled|could not be queried|Request failed|Failed to (?:fetch|download): |dns error"
)
# Some versions of pip install what is malformed, others do not.
_DEPENDS_ON_PIP = "has invalid metadata"
_ADDRESS = re.compile(r"https?://[^\s`)]+")


class ResolveError(Exception):
    """An environment cannot be checked: the index does not answer, or uv does not understand something."""


@dataclass(frozen=True)
class Question:
    """What uv is asked: the lines of a requirements file, and the Pythons of which one must do."""

    lines: tuple[str, ...]
    pythons: tuple[str, ...]
    checks_conflicts: bool

    @property
    def file_name(self) -> str:
        """The name of the file that keeps the answer: the same for the same question."""
        text = json.dumps([sorted(self.lines), self.pythons, self.checks_conflicts])
        return f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"


def resolve(project: SpecProject, names: set[str]) -> list[Finding]:
    """Return what the index lacks of the environments of the files with the given names.

    Adds their number to the project, and a failure for each that cannot be checked.
    """
    environments = list(_environments(project, names))
    project.resolved = len(environments)
    findings: list[Finding] = []
    with ThreadPoolExecutor(max_workers=min(8, 2 * (os.cpu_count() or 1))) as pool:
        for future in [pool.submit(_check, each) for each in environments]:
            try:
                findings += future.result()
            except ResolveError as error:
                if str(error) not in project.guard.failures:
                    project.guard.failures.append(str(error))
    return findings


def _environments(project: SpecProject, names: set[str]) -> Iterator[Environment]:
    """Yield the environments with packages for pip, each conda file once.

    A Dockerfile has steps of its own, and a stand-in says nothing about what the workspace has.
    """
    definitions = [Place(spec.document) for spec in project.specs if spec.kind == "environment"]
    seen = set()
    for place in (*definitions, *project.places("environment")):
        environment = read_environment(project, place)
        conda, definition = environment.conda, environment.definition
        if conda is None or definition is None or "build" in definition.data or place.document.is_foreign:
            continue
        here = {str(each.document.path) for each in (place, definition, conda)} & names
        is_stand_in = environment.name and project.stand_ins.find(environment.name)
        key = (conda.document.path, conda.pointer)
        if here and not is_stand_in and key not in seen and _lines(environment):
            seen.add(key)
            yield environment


def _lines(environment: Environment) -> list[Requirement]:
    """Return what pip installs, without addresses and lines that pip cannot read."""
    return [each for each in environment.requirements if each.is_for_pip and _is_plain(each.text)]


def _is_plain(text: str) -> bool:
    try:
        return Parsed(text).url is None
    except InvalidRequirement:
        return False


def _pythons(declared: str) -> tuple[str, ...]:
    """Return the Pythons that a version or a specifier of conda's may mean, as uv is told them."""
    if match := re.fullmatch(r"(\d+\.\d+)(\.\d+)?(?:\.\*)?", declared):
        return (match[1] + (match[2] or f".{NEWEST}"),)
    try:
        accepted = SpecifierSet(declared)
    except InvalidSpecifier:
        accepted = SpecifierSet()
    return tuple(full for each in PYTHONS if (full := f"{each}.{NEWEST}") in accepted)


def _checks_conflicts(environment: Environment) -> bool:
    """Tell whether the pip of a conda file refuses packages that conflict."""
    entries = sequence(environment.conda.data.get("dependencies")) if environment.conda else ()
    packages = [read_conda_package(each) for each in entries if isinstance(each, str)]
    limits = SpecifierSet(next((each.specifier for each in packages if each.name == "pip"), ""))
    return not any(
        each.operator in ("==", "<", "<=")
        and Version(each.version.removesuffix(".*")) <= Version(RESOLVING_PIP)
        and ITS_NEWEST not in each
        for each in limits
    )


# Asking


def _check(environment: Environment) -> list[Finding]:
    """Return what is wrong with an environment: after each mistake, also with what is left without it."""
    findings: list[Finding] = []
    lines, indexes = _lines(environment), tuple(line.text for line in environment.indexes)
    pythons, checks_conflicts = _pythons(environment.python), _checks_conflicts(environment)
    while lines and pythons:
        question = Question((*indexes, *(line.text for line in lines)), pythons, checks_conflicts)
        failure, yanked = _answer(question)
        if not failure:
            found = [_yanked(line, *each) for each in yanked for line in mentioned(lines, each[0])]
            return findings + found
        cause = reason(failure)
        named = mentioned(lines, cause) or mentioned(lines, failure)
        if _DEPENDS_ON_PIP not in cause:
            findings.append(_finding(environment, named, cause))
        if not named:
            break
        lines.remove(named[0])
    return findings


def _answer(question: Question) -> tuple[str, list[list[str]]]:
    """Return what uv says of a failure; else "" and the packages that are yanked, each with the reason."""
    file = HOME / "resolved" / question.file_name
    with suppress(OSError, ValueError):
        if time.time() - file.stat().st_mtime < A_DAY:
            return "", json.loads(file.read_text(encoding="utf-8"))
    first = ""
    for python in question.pythons:
        failure, yanked = _compile(question, python)
        if not failure:
            _keep(file, yanked)
            return "", yanked
        first = first or failure
    return first, []


def _compile(question: Question, python: str, *more: str) -> tuple[str, list[list[str]]]:
    """Let uv resolve for one Python; raise ResolveError."""
    command = [find_uv() or "uv", "pip", "compile", "-", "--no-header", "--no-progress", *AS_PIP, *more]
    command += ["--python-version", python, "--python-platform", PLATFORM]
    command += [] if question.checks_conflicts else ["--no-deps"]
    variables = {"UV_PYTHON_DOWNLOADS": "never"}  # another Python reads the metadata as well
    with TemporaryDirectory() as folder:  # the project's settings of uv are not Azure ML's
        done = run_tool(command, variables=variables, cwd=folder, input="\n".join(question.lines))
    if done.returncode == 0:
        return "", [[match["package"], match["reason"] or ""] for match in _YANKED.finditer(done.stderr)]
    if _UNREACHABLE.search(done.stderr):
        address = _ADDRESS.search(done.stderr)
        at = f" at {hide_secrets(address[0])}" if address else ""
        raise ResolveError(f"--environments: the package index{at} does not answer")
    if "pre-release" in done.stderr and not more:  # pip takes one that is asked for; uv must be told so
        return _compile(question, python, "--prerelease", "allow")
    failure = re.sub(r"(?m)^warning: .*\n(?:  cause: .*\n)*", "", done.stderr)
    if "No solution found" not in failure and "Failed to" not in failure:
        raise ResolveError(f"--environments: uv cannot resolve {' '.join(question.lines)}: {reason(failure)}")
    return failure.replace(python, python.removesuffix(f".{NEWEST}")), []


def _keep(file: Path, yanked: list[list[str]]) -> None:
    with suppress(OSError):  # where nothing can be written, uv is asked again the next time
        prepare_home()
        file.parent.mkdir(exist_ok=True)
        write_json(file, yanked)


# What is said


def _finding(environment: Environment, found: list[Requirement], cause: str) -> Finding:
    """Return the finding at the first line that the cause names; the others, and the Python, are related."""
    is_build = cause.startswith("Failed to")
    severity, what = (
        (WARNING, "not built from source here") if is_build else (ERROR, "pip cannot install this")
    )
    message = hide_secrets(f"{what}: {cause.removeprefix('Because ').rstrip('.')}")
    related = [each.place.related("asked for here") for each in found[1:]]
    if environment.python_place and "Python" in cause:
        related.append(environment.python_place.related("the Python"))
    more: dict[str, Any] = {"severity": severity, "related": tuple(related)}
    if found:
        return found[0].place.finding(RULE.id, message, **more)
    place = environment.conda or environment.place
    return place.below("dependencies").finding(RULE.id, message, key=True, **more)


def _yanked(line: Requirement, package: str, why: str) -> Finding:
    """Return a warning: pip still installs a yanked version where exactly that one is asked for."""
    message = f"{package} was taken back by its authors{f': {why}' if why else ''}"
    return line.place.finding(RULE.id, message, severity=WARNING)
