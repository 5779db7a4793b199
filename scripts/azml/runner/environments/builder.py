"""A declared environment -> the Python that runs its steps.

Where the runner's own Python has all that is declared, it runs the step. Else uv builds a virtual
environment, once: environments are kept by their content below ``.local/environments``, each with a file that
says what it is. The file is written last, so an interrupted build is never taken for an environment.
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock
from packaging.requirements import Requirement

from azml.core.built import FOLDER, MODULES, Recipe, conda_recipe, modules_in, recipe
from azml.core.environment import NOTHING, Environment, curated, curated_name
from azml.core.finding import Finding, did_you_mean
from azml.core.home import write_json
from azml.core.secrets import hide_secrets
from azml.core.stand_ins import StandIns
from azml.core.uv import AS_PIP, find_uv, mentioned, name_only, package_name, reason, run_tool

from ..process import FOLDER_VARIABLE, end_run
from .install_order import overwriting
from .interpreter import Interpreter, InterpreterError, described, inspect, probe

RULE = "environment"
DESCRIPTION = "environment.json"
# Conda's pip brings these with it. For old Pythons conda-forge no longer builds setuptools (CFEP 25): theirs
# still has pkg_resources, which setuptools 82 removed and old packages import.
ALWAYS = (
    "pip",
    "wheel",
    "setuptools; python_version >= '3.10'",
    "setuptools<82; python_version < '3.10'",
)
CONDA_TOOLS = ("micromamba", "mamba", "conda")


class BuildError(Exception):
    """An environment cannot be built; ``finding`` says where it is declared and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True)
class Built:
    """What is known of an environment that was built before; ``probe`` is what its Python says of itself."""

    key: str
    python: str
    requirements: list[str]
    seconds: float
    probe: dict = field(default_factory=dict)

    def interpreter(self, folder: Path) -> Interpreter:
        """Return the Python of the environment in ``folder``, without starting it; raise InterpreterError."""
        if not self.probe or not Path(self.probe["executable"]).exists():
            return inspect(_python(folder))
        return described(_python(folder), self.probe)


class Builder:
    """Builds environments below ``home``; ``relax`` allows other versions where the declared ones fail."""

    def __init__(self, home: Path, relax: bool = False) -> None:
        self.home, self.folder = home, home / FOLDER
        self.relax = relax

    def build(self, environment: Environment) -> tuple[Interpreter, list[str]]:
        """Return the Python of an environment, built where needed, and notes on it; raise BuildError."""
        if environment.left_out and environment.conda and (tool := _conda_tool()):
            return self._kept(conda_recipe(environment), environment, tool), []
        notes = [f"{line.text} is left out: {line.note}" for line in environment.left_out]
        notes += [line.note for line in environment.requirements if line.note]
        failures: list[BuildError] = []
        for each in self._recipes(environment):
            try:
                found = self._kept(each, environment)
            except BuildError as error:
                failures.append(error)
                continue
            if failures:
                others = ", ".join(found.differences(environment))
                notes.append(f"relaxed: {others} ({failures[0]})")
            return found, notes
        raise failures[0]

    def kept(self, environment: Environment) -> Interpreter | None:
        """Return the Python of an environment that was built before; None where it is yet to be built."""
        recipes = [conda_recipe(environment), *self._recipes(environment)]
        folders = [self.folder / each.key for each in recipes]
        folder = next((each for each in folders if (each / DESCRIPTION).exists()), None)
        return _described(folder).interpreter(folder) if folder else None

    def _recipes(self, environment: Environment) -> Iterator[Recipe]:
        yield recipe(environment)
        if self.relax:
            indexes = tuple(line.text for line in environment.indexes)
            names = tuple(name_only(line.text) for line in environment.requirements)
            yield Recipe(environment.python_minor, (*indexes, *names), relaxed=True)
            yield Recipe("", (*indexes, *names), relaxed=True)

    def _kept(self, recipe: Recipe, environment: Environment, conda: str = "") -> Interpreter:
        """Return the interpreter of an environment that is kept, or build it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = self.folder / recipe.key
        with FileLock(self.folder / f"{recipe.key}.lock"):
            if not (folder / DESCRIPTION).exists():
                _remove_half_built(folder)
                self._make(recipe, folder, environment, conda)
        os.utime(folder / DESCRIPTION)  # used now
        try:
            return _described(folder).interpreter(folder)
        except InterpreterError as error:  # its Python was removed from the machine
            shutil.rmtree(folder, ignore_errors=True)
            raise BuildError(
                _finding(environment, f"{error}; it was removed, run again to build it")
            ) from error

    def _make(self, recipe: Recipe, folder: Path, environment: Environment, conda: str) -> None:
        started = time.monotonic()
        version = f"Python {recipe.python}, " if recipe.python not in ("", "conda") else ""
        place = environment.definition or environment.place
        packages = "from its conda file" if conda else f"{version}{len(recipe.lines)} packages"
        print(f"building the environment of {place}: {packages}", flush=True)
        try:
            commands = _conda(conda, folder, environment) if conda else _uv(recipe, folder)
            for command in commands:
                _run(command, folder, environment)
            seconds = round(time.monotonic() - started, 1)
            _describe(recipe, folder, seconds)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        print(f"built in {seconds:.1f} s", flush=True)


def unknown(environment: Environment, stand_ins: StandIns) -> Finding | None:
    """Return why an environment cannot be built: a curated one whose packages are not known. Else None."""
    name = curated_name(environment.name) or curated_name(environment.image)
    if environment.known != NOTHING or not name:
        return None
    text = (
        f"the packages of the curated environment {name} are not known here (known: {', '.join(curated())})"
    )
    line = f"{stand_ins.line(environment.name, 'conda.yml')}, or " if environment.name else ""
    return _finding(environment, f"{text}; {line}name a Python that has them with --python")


# What is kept


def print_environments(home: Path) -> None:
    """Print the environments below ``home``, one a line, the one used last first."""
    for built, folder in _kept_below(home):
        size = sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())
        packages = ", ".join(line for line in built.requirements if not line.startswith("-"))
        print(f"{built.key}  Python {built.python}  {size / 1e6:.0f} MB  {packages}")


def remove_environments(home: Path, keys: list[str]) -> int:
    """Delete environments by key, or "all"; return 0, or 2 for a key that there is not."""
    found = {built.key: folder for built, folder in _kept_below(home)}
    for key in found if keys == ["all"] else keys:
        if key not in found:
            print(f"azml: there is no environment {key}{did_you_mean(key, found)}", file=sys.stderr)
            return 2
        with FileLock(home / FOLDER / f"{key}.lock"):
            (found[key] / DESCRIPTION).unlink()
            shutil.rmtree(found[key])
        print(f"removed {key}")
    return 0


def _kept_below(home: Path) -> list[tuple[Built, Path]]:
    files = sorted((home / FOLDER).glob(f"*/{DESCRIPTION}"), key=lambda file: -file.stat().st_mtime)
    return [(_described(file.parent), file.parent) for file in files]


def _describe(recipe: Recipe, folder: Path, seconds: float) -> None:
    """Write what there is to know of an environment that was just built."""
    said = probe(_python(folder))
    sites = [Path(site) for site in said["sites"]]
    write_json(folder / MODULES, sorted({name for site in sites for name in modules_in(site)}))
    built = Built(recipe.key, said["version"], list(recipe.lines), seconds, said)
    write_json(folder / DESCRIPTION, asdict(built))


def _described(folder: Path) -> Built:
    return Built(**json.loads((folder / DESCRIPTION).read_text(encoding="utf-8")))


# Building


def _uv(recipe: Recipe, folder: Path) -> Iterator[list[str]]:
    uv = find_uv() or "uv"
    version = ["--python", recipe.python] if recipe.python else []
    yield [uv, "venv", "--quiet", "--no-project", *version, str(folder)]
    names = {package_name(line) for line in recipe.lines}
    always = [line for line in ALWAYS if Requirement(line).name not in names]
    file = folder / "requirements.txt"
    file.write_text("\n".join([*recipe.lines, *always, ""]), encoding="utf-8")
    options = ["--quiet", *AS_PIP, "--python", str(_python(folder))]
    install = [uv, "pip", "install", *options, "--requirements", str(file)]
    yield install
    for pinned in overwriting(folder, recipe.python or f"{sys.version_info[0]}.{sys.version_info[1]}"):
        yield [*install, "--no-deps", "--reinstall-package", pinned.partition("==")[0], pinned]


def _conda(tool: str, folder: Path, environment: Environment) -> Iterator[list[str]]:
    """Yield what builds an environment as Azure ML would, from its conda file."""
    file = folder.with_suffix(".yml")
    write_json(file, environment.conda.value if environment.conda else {})  # JSON is YAML
    verb = ["create", "--yes"] if tool.endswith("micromamba") else ["env", "create"]
    yield [tool, *verb, "--prefix", str(folder), "--file", str(file)]


def _conda_tool() -> str | None:
    return next((found for name in CONDA_TOOLS if (found := shutil.which(name))), None)


def _python(folder: Path) -> Path:
    names = ("Scripts/python.exe", "python.exe") if os.name == "nt" else ("bin/python",)
    return next((folder / name for name in names if (folder / name).exists()), folder / names[0])


def _remove_half_built(folder: Path) -> None:
    """Remove what an interrupted build left; where the runner was killed, its uv may still be at work."""
    if folder.exists():
        end_run(str(folder), FOLDER_VARIABLE)
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], folder: Path, environment: Environment) -> None:
    """Run one command of the build of a folder; raise BuildError."""
    try:
        done = run_tool(command, variables={FOLDER_VARIABLE: str(folder)})
    except OSError as error:
        message = f"uv is needed to build this environment: {error.strerror}; pip install 'azml[run]'"
        raise BuildError(_finding(environment, message)) from error
    if done.returncode:
        raise BuildError(_build_finding(environment, reason(done.stderr)))


# What went wrong


def _build_finding(environment: Environment, cause: str) -> Finding:
    """Return the finding for a failed build, at the line of the package or Python that it is about."""
    message = hide_secrets(f"this environment cannot be built: {cause}")
    if environment.python_place and re.search(
        "interpreter found|version request|No download|/cpython-", cause
    ):
        return environment.python_place.finding(RULE, f"{message}; --relax uses another Python")
    lines = [line for line in environment.indexes if line.text.split()[-1] in cause]
    lines = lines or mentioned(environment.requirements, cause)
    if lines:
        return lines[0].place.finding(RULE, message)
    listed = environment.conda.below("dependencies") if environment.conda else None
    return listed.finding(RULE, message, key=True) if listed else _finding(environment, message)


def _finding(environment: Environment, message: str) -> Finding:
    return (environment.definition or environment.place).finding(RULE, message)
