"""What ``conda``, ``mamba`` and ``micromamba`` do inside a step: install into the step's own layer, with pip.

``conda run`` runs the command, ``conda list`` lists; there is one environment, so activating changes nothing.
The commands that ``overlay`` writes call it: ``python -m azml.runner.environments.conda PYTHON ARGUMENT...``.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from azml.core.conda import read_conda_package
from azml.core.values import mapping, sequence

# Options that are followed by a value.
WITH_VALUE = (
    *("-n", "--name", "-p", "--prefix", "-c", "--channel", "-f", "--file", "--solver", "--cwd"),
    *("-r", "--root-prefix"),
)
INSTALL = ("install", "update", "upgrade", "create")
IDLE = ("activate", "deactivate", "init", "config", "clean", "shell", "info", "--version")


def main(arguments: list[str]) -> int:
    """Do what the arguments of conda ask for; return the exit status, or become another process."""
    python, *words = arguments
    os.environ.pop("PYTHONPATH", None)  # it led to this module
    if words[:1] == ["env"]:
        words = words[1:]
    name, *rest = words or ["info"]
    if name == "run":
        return _become(list(_command(rest)))
    if name == "list":
        return _become([python, "-m", "pip", "list"])
    if name in INSTALL:
        requirements = [line for text in _packages(rest) for line in _requirement(text)]
        return _become([python, "-m", "pip", "install", *requirements]) if requirements else 0
    if name in IDLE:
        return 0
    print(f"conda {name} has no meaning in a local run; the step has one environment", file=sys.stderr)
    return 1


def _become(command: list[str]) -> int:
    sys.stdout.flush()
    os.execvp(command[0], command)


def _command(words: list[str]) -> Iterator[str]:
    """Yield the command that ``conda run`` runs: what follows its options."""
    rest = iter(words)
    for word in rest:
        if word in WITH_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            yield word
            yield from rest


def _packages(words: list[str]) -> Iterator[str]:
    """Yield the packages that are named, on the command line or in files."""
    rest = iter(words)
    for word in rest:
        option, _, value = word.partition("=")
        if option in ("-f", "--file"):
            yield from _listed(Path(value or next(rest, "")))
        elif word in WITH_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            yield word


def _listed(path: Path) -> Iterator[str]:
    """Yield the packages of an environment file, or of a text file with one a line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix not in (".yml", ".yaml"):
        yield from filter(None, (line.partition("#")[0].strip() for line in text.splitlines()))
        return
    content = yaml.safe_load(text)
    for entry in sequence(mapping(content).get("dependencies")):
        if isinstance(entry, str):
            yield entry
        yield from (f"pip:{line}" for line in sequence(mapping(entry).get("pip")))


def _requirement(text: str) -> Iterator[str]:
    if text.startswith("pip:"):
        yield text.removeprefix("pip:")
        return
    package = read_conda_package(text)
    if package.name in ("python", "pip"):
        return
    if package.pypi_name:
        yield package.pypi_name + package.specifier
    else:
        print(f"conda: {package.name} is left out: PyPI does not have it", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
