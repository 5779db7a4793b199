"""The environments that the runner has built below ``.local``: whose each folder is, the modules in it."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .environment import Environment
from .home import HOME

FOLDER = "environments"
MODULES = "modules.json"
# Namespace packages of this many levels are looked into: google.cloud.storage has two.
_LEVELS = 3


@dataclass(frozen=True)
class Recipe:
    """What is built: a Python (minor version, "" for any) and the lines of a requirements file."""

    python: str
    lines: tuple[str, ...]
    relaxed: bool = False

    @property
    def key(self) -> str:
        """The name of the environment's folder: the same for the same content."""
        import hashlib  # loads OpenSSL

        text = json.dumps([self.python, sorted(self.lines), os.name])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def recipe(environment: Environment) -> Recipe:
    """Return what uv builds for an environment."""
    lines = (*environment.indexes, *environment.requirements)
    return Recipe(environment.python_minor, tuple(line.text for line in lines))


def conda_recipe(environment: Environment) -> Recipe:
    """Return what conda builds for an environment."""
    return Recipe("conda", tuple(environment.parts))


def built_modules(environment: Environment) -> frozenset[str] | None:
    """Return the modules of an environment as Azure ML builds it, None where it was not built here.

    PyPI's packages bring less than conda's of the same names, and on other systems other ones.
    """
    if not (HOME / FOLDER).is_dir():  # spares most checks the import of hashlib
        return None
    recipes = [conda_recipe(environment)]
    if not environment.left_out and all(line.is_for_pip for line in environment.requirements):
        recipes.append(recipe(environment))
    for each in recipes if sys.platform == "linux" else ():
        with suppress(OSError, ValueError):
            text = (HOME / FOLDER / each.key / MODULES).read_text(encoding="utf-8")
            return frozenset(json.loads(text))
    return None


def modules_in(folder: Path, prefix: str = "", levels: int = _LEVELS) -> Iterator[str]:
    """Yield the modules and packages of a folder; of a namespace package (google, azure) those in it."""
    for path in folder.iterdir() if folder.is_dir() else ():
        name = path.name.partition(".")[0]
        if not name.isidentifier():
            continue
        if path.suffix in (".py", ".so", ".pyd") or (path.is_dir() and _is_package(path)):
            yield prefix + name
        elif path.is_dir() and levels:
            yield from modules_in(path, f"{prefix}{name}.", levels - 1)


def _is_package(folder: Path) -> bool:
    """Tell whether a folder is a package of its own, and not a part of a namespace."""
    init = folder / "__init__.py"
    if not init.exists():
        return any(folder.glob("__init__.*.so"))
    text = init.read_bytes()[:4096]
    return b"extend_path" not in text and b"declare_namespace" not in text
