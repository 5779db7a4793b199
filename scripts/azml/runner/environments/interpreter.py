"""The Python that the steps run with: which it is, and what is installed beside it."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from azml.core.environment import WHOLE, Environment
from azml.core.uv import package_name

from ..data.files import reason

# Prints what there is to know of a Python; must run with any version.
_PROBE = """
import glob, json, os, platform, site, sys, sysconfig
try:
    import ensurepip
    wheels = glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "*.whl"))
except ImportError:
    wheels = []
own = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib")]
own += [os.path.join(place, "lib-dynload") for place in own]
sites = site.getsitepackages() if hasattr(site, "getsitepackages") else [sysconfig.get_path("purelib")]
if site.ENABLE_USER_SITE:
    sites.append(site.getusersitepackages())
print(json.dumps({
    "version": platform.python_version(),
    "executable": os.path.realpath(sys.executable),
    "scripts": sysconfig.get_path("scripts"),
    "names": [sys.executable, os.path.realpath(sys.executable)],
    "places": [place for place in sys.path if place and place not in own and not place.endswith(".zip")],
    "sites": [place for place in sites if place in sys.path],
    "wheels": sorted(wheels),
}))
"""
PYTHON_PLACEHOLDER = "\0PYTHON\0"
# A package's metadata: numpy-1.26.4.dist-info, on Debian numpy-1.24.2.egg-info and six-1.16-py3.11.egg-info.
_MLFLOW = ("mlflow", "mlflow-skinny", "azureml-mlflow")
_METADATA = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)(-py[\d.]+)?\.(dist|egg)-info")


class InterpreterError(Exception):
    """The interpreter cannot be used; the message says why."""


@dataclass(frozen=True)
class Interpreter:
    """A Python and the versions of the packages that it finds, by normalized name.

    ``executable`` is the program behind ``path``, ``places`` where it finds packages, ``sites`` those places
    whose ``.pth`` files count, ``scripts_folder`` where its console scripts are.
    """

    path: Path
    version: str
    packages: dict[str, str]
    executable: Path
    places: tuple[str, ...]
    sites: tuple[str, ...]
    scripts_folder: Path

    @cached_property
    def scripts(self) -> dict[str, str]:
        """The text of each console script, a placeholder for the Python in it; pip's own are left out."""
        found = {}
        folder = self.scripts_folder
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.is_file() and not path.name.startswith(("pip", "python")):
                text = _script(path, f"{folder}/python")
                if text:
                    found[path.name] = text
        return found

    @cached_property
    def is_compiled(self) -> bool:
        """Tell whether nearly all packages are compiled: then Python need not write beside them."""
        packages = [init.parent for site in self.sites for init in Path(site).glob("*/__init__.py")]
        compiled = sum((package / "__pycache__").is_dir() for package in packages)
        return compiled >= 0.95 * len(packages)

    def differences(self, environment: Environment) -> list[str]:
        """Return how this Python differs from what an environment asks for.

        Of Python itself only the minor version counts.
        """
        found = []
        minor = environment.python_minor
        if minor and minor != _minor(self.version):
            found.append(f"python {minor} (here {_minor(self.version)})")
        for requirement in environment.requirements:
            if difference := self._difference(requirement.text):
                found.append(difference)
        return found

    def has_mlflow_of(self, environment: Environment) -> bool:
        """Tell whether MLflow here is what an environment asks for: not, where its packages are not known."""
        named = [each.text for each in environment.requirements if package_name(each.text) in _MLFLOW]
        is_known = named or environment.known == WHOLE
        return bool(is_known) and not any(map(self._difference, named))

    def _difference(self, text: str) -> str | None:
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            return f"{text} (not known here)"
        if wanted.marker and not wanted.marker.evaluate({"python_version": _minor(self.version)}):
            return None
        name, version = canonicalize_name(wanted.name), str(wanted.specifier)
        shown = f"{name} {version.removeprefix('==').removesuffix('.*')}".strip()
        here = self.packages.get(name)
        if here is None:
            return f"{shown} (not installed)"
        return None if wanted.specifier.contains(here, prereleases=True) else f"{shown} (here {here})"


def inspect(path: Path | None) -> Interpreter:
    """Return what there is to know of an interpreter (None: the one running this); raise InterpreterError."""
    path = Path(os.path.abspath(path or sys.executable))
    return described(path, probe(path))


def probe(path: Path) -> dict:
    """Return what an interpreter says of itself when it is started; raise InterpreterError."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_"))}
    try:
        done = subprocess.run(
            [path, "-B", "-c", _PROBE],  # -B: it may not be ours to compile
            capture_output=True,
            text=True,
            timeout=60,
            cwd="/",
            env=plain,
            check=True,
        )
        return json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        cause = reason(error) if isinstance(error, OSError) else "it does not run Python code"
        raise InterpreterError(f"{path} is not a working Python: {cause}") from error


def described(path: Path, found: dict) -> Interpreter:
    """Return an interpreter by what it has said of itself, with the packages that it has now."""
    packages = _packages([Path(place) for place in found["places"]])
    places = found["places"] if "pip" in packages else [*found["places"], *found["wheels"]]
    return Interpreter(
        path,
        found["version"],
        packages,
        Path(found["executable"]),
        tuple(places),
        tuple(found["sites"]),
        Path(found["scripts"]),
    )


def _packages(places: list[Path]) -> dict[str, str]:
    """Return name -> version of what is installed, read from the names of the metadata folders."""
    found: dict[str, str] = {}
    for place in reversed(places):
        for folder in place.glob("*-info"):
            if match := _METADATA.fullmatch(folder.name):
                found[canonicalize_name(match["name"])] = match["version"]
    return found


def _script(path: Path, python: str) -> str | None:
    """Return a script that starts the given Python (or one beside it), with a placeholder; None for others.

    The first line names it, or the second in the form that pip writes for long paths.
    """
    with path.open("rb") as file:
        if file.read(2) != b"#!":
            return None
        file.seek(0)
        head, rest = file.readline() + file.readline(), file.read()
    text = head.decode("utf-8", "surrogateescape")
    if python not in text:
        return None
    text = re.sub(re.escape(python) + r"[\d.]*(?!\w)", PYTHON_PLACEHOLDER, text)
    return text + rest.decode("utf-8", "surrogateescape")


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
