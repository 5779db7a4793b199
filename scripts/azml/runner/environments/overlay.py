"""A step's own thin layer over an environment: what the step installs goes there, never below.

The layer is a virtual environment without packages. A ``.pth`` file in it leads on to the packages of the
environment below. pip installs into the layer, and does not uninstall what lies outside of it. Writing one
takes a few milliseconds, so every step and every trial has its own. ``pip``, ``conda`` and the console
scripts of the environment are there as commands that run the layer's Python.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from .interpreter import PYTHON_PLACEHOLDER, Interpreter

CONDA = ("conda", "mamba", "micromamba")
# Removes --user: the step is the only user.
_PIP = """#!{python}
import runpy, sys
sys.argv = [argument for argument in sys.argv if argument != "--user"]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
# The same for ``python -m pip``, as a line that Python runs when it starts (3.7 and newer).
_WITHOUT_USER = (
    "import sys; words = getattr(sys, 'argv', []); "
    "words[:1] == ['-m'] and 'install' in words and '--user' in words and words.remove('--user')"
)
# Python compiles into a folder of the run or not at all, also where it is started with -I.
_COMPILE_ELSEWHERE = "import sys; sys.dont_write_bytecode |= not getattr(sys, 'pycache_prefix', None)"
# Removes --system, which would install into the Python below.
_UV = """#!/bin/sh
for argument do
  shift
  [ "$argument" = --system ] || set -- "$@" "$argument"
done
unset UV_SYSTEM_PYTHON
exec {uv} "$@"
"""
_CONDA = """#!/bin/sh
PYTHONPATH={root} exec {runner} -m azml.runner.environments.conda {python} "$@"
"""


def make_overlay(interpreter: Interpreter, folder: Path) -> None:
    """Write a layer over an environment into a folder, named by a path without blanks."""
    if os.name == "nt":
        command = [str(interpreter.path), "-m", "venv", "--without-pip", str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        packages = folder / "Lib" / "site-packages"
    else:
        packages = _make_posix(interpreter, folder)
    (packages / "_environment_below.pth").write_text(_chain(interpreter), encoding="utf-8")


def binaries(folder: Path) -> Path:
    """Return the folder of a layer's commands, for the front of PATH."""
    return folder / ("Scripts" if os.name == "nt" else "bin")


def overlay_variables(interpreter: Interpreter, folder: Path, cache: Path) -> dict[str, str]:
    """Return the environment variables that make every tool use the layer.

    PIP_REQUIRE_VIRTUALENV stops the machine's own pip. Compiled files must not go into the environment below:
    if that is compiled, none are written, else they go to ``cache``.
    """
    cached = (
        {"PYTHONDONTWRITEBYTECODE": "1"} if interpreter.is_compiled else {"PYTHONPYCACHEPREFIX": str(cache)}
    )
    return {"VIRTUAL_ENV": str(folder), "PIP_REQUIRE_VIRTUALENV": "1", **cached}


def _make_posix(interpreter: Interpreter, folder: Path) -> Path:
    minor = ".".join(interpreter.version.split(".")[:2])
    bin_folder, packages = folder / "bin", folder / "lib" / f"python{minor}" / "site-packages"
    bin_folder.mkdir(parents=True)
    packages.mkdir(parents=True)
    (folder / "lib64").symlink_to("lib")
    settings = {
        "home": interpreter.executable.parent,
        "include-system-site-packages": "false",
        "version": interpreter.version,
    }
    text = "".join(f"{key} = {value}\n" for key, value in settings.items())
    (folder / "pyvenv.cfg").write_text(text, encoding="utf-8")
    for name in ("python", "python3", f"python{minor}"):
        (bin_folder / name).symlink_to(interpreter.executable)
    _write_commands(interpreter, bin_folder, minor)
    return packages


def _write_commands(interpreter: Interpreter, folder: Path, minor: str) -> None:
    python = folder / "python"
    for name, script in interpreter.scripts.items():
        _write(folder / name, script.replace(PYTHON_PLACEHOLDER, str(python)))
    for name in ("pip", "pip3", f"pip{minor}"):
        _write(folder / name, _PIP.format(python=python))
    if uv := shutil.which("uv"):
        _write(folder / "uv", _UV.format(uv=shlex.quote(uv)))
    words = {"root": Path(__file__).parents[3], "runner": sys.executable, "python": python}
    for name in CONDA:
        _write(folder / name, _CONDA.format(**{key: shlex.quote(str(word)) for key, word in words.items()}))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    path.chmod(0o755)


def _chain(interpreter: Interpreter) -> str:
    """Return a ``.pth`` file that adds an environment: its paths in order, then its ``.pth`` files."""
    sites = [str(place) for place in interpreter.sites]
    lines = [str(place) for place in interpreter.places]
    chained = f"import site; list(map(site.addsitedir, {sites!r}))"
    return "\n".join([_COMPILE_ELSEWHERE, _WITHOUT_USER, *lines, chained, ""])
