"""What common packages bring: the modules, and the packages that come with them.

The table errs on the side of too much: what some version, or conda's build, brings counts for all.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from azml.core.built import built_modules
from azml.core.conda import read_conda_package
from azml.core.environment import WHOLE, Environment

from . import standard_library

# Bare base images: a conda file's environment holds everything there.
_BARE = re.compile(r"mcr\.microsoft\.com/azureml/(?:openmpi|intelmpi|minimal-|base(?:-gpu)?:)(?!.*inference)")
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)\s*(?P<extras>\[[^\]]*\])?")


@cache
def _table() -> dict:
    return json.loads(Path(__file__).with_name("packages.json").read_text(encoding="utf-8"))


@cache
def _packages() -> dict[str, dict[str, list[str]]]:
    nothing: dict[str, dict] = {name: {"imports": [], "brings": []} for name in _table()["without"]}
    return {**_table()["packages"], **nothing}


@cache
def _owners() -> dict[str, list[str]]:
    """Return the packages that bring each module of the table."""
    owners: dict[str, list[str]] = {}
    for name, known in _packages().items():
        for module in known["imports"]:
            owners.setdefault(module, []).append(name)
    return owners


@dataclass(frozen=True)
class Owned:
    """A module, and the package to install for it ("" where the table does not have it)."""

    module: str
    package: str


@dataclass(frozen=True)
class Holdings:
    """The modules that an environment holds: all where it is ``complete``, else those of the table."""

    modules: frozenset[str]
    complete: bool
    python: str

    def has(self, name: str) -> bool:
        """Tell whether a dotted name is a module held, or what is in one."""
        parts = name.split(".")
        return any(".".join(parts[:count]) in self.modules for count in range(1, len(parts) + 1))

    def _is_namespace(self, name: str) -> bool:
        return any(each.startswith(f"{name}.") for each in self.modules)

    def lacks(self, names: tuple[str, ...]) -> Owned | None:
        """Return the module that an import of one of some dotted names surely misses, with its package."""
        is_all = len(names) == 1 or f"{names[-1]}.*" in names
        if any(map(self.has, names)) or (is_all and self._is_namespace(names[-1])):
            return None
        top = names[-1].partition(".")[0]
        if standard_library.has_name(top):
            is_there = not self.python or standard_library.has(top, self.python)
            return None if is_there else Owned(top, "")
        found = package_of(names)
        if found is None and self.complete:
            return Owned(names[0] if self._is_namespace(top) else top, "")
        return found


def holdings(environment: Environment) -> Holdings | None:
    """Return what an environment holds, None where that is not known."""
    python = environment.python_minor if environment.is_python_exact else ""
    if is_bare(environment) and (built := built_modules(environment)) is not None:
        return Holdings(built, complete=True, python=python)
    packages = installed(environment)
    if packages is None:
        return None
    return Holdings(frozenset(modules(packages)), complete=False, python=python)


def package_of(names: Iterable[str]) -> Owned | None:
    """Return the module of the table that one of some dotted names belongs to, the longest first."""
    for name in names:
        parts = name.split(".")
        for count in range(len(parts), 0, -1):
            if owners := _owners().get(module := ".".join(parts[:count])):
                return Owned(module, owners[0])
    return None


def is_bare(environment: Environment) -> bool:
    """Tell whether an environment is a conda file on an image that brings no packages of its own to it."""
    return environment.known == WHOLE and _BARE.match(environment.image) is not None


def installed(environment: Environment) -> set[str] | None:
    """Return the packages of the table that an environment holds, None where one of its own is not in it."""
    if not is_bare(environment):
        return None
    wanted = {normalized(each.text) for each in environment.requirements}
    wanted |= {normalized(read_conda_package(each.text).name) for each in environment.left_out}
    if not wanted <= _packages().keys():
        return None
    return wanted.union(*(_packages()[name]["brings"] for name in wanted))


def modules(packages: Iterable[str]) -> set[str]:
    """Return the modules of the table that packages bring."""
    return {module for name in packages for module in _packages()[name]["imports"]}


def normalized(requirement: str) -> str:
    """Return the name and the extras of a requirement as the index spells them: ``ray[tune]``."""
    match = _REQUIREMENT.match(requirement)
    if not match:
        return requirement
    extras = re.sub(r"\s", "", match["extras"] or "")
    return re.sub(r"[-_.]+", "-", match["name"]).lower() + extras.lower()
