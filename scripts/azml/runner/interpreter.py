"""The Python that the steps run with: which it is, and what is installed beside it."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from azml.core.values import mapping

from .data import reason

_PROBE = "import json, platform, sys; print(json.dumps([platform.python_version(), sys.path]))"
_PIN = re.compile(r"^\s*(?P<name>[\w.\-]+)(?:\[[^\]]*\])?\s*==?\s*(?P<version>\d[\w.+!\-]*)\s*$")


class InterpreterError(Exception):
    """The interpreter cannot be used; the message says why."""


@dataclass(frozen=True)
class Interpreter:
    """A Python and the versions of the packages that it finds, by normalised name."""

    path: Path
    version: str
    packages: dict[str, str]

    def write_shims(self, folder: Path) -> None:
        """Write ``python`` and ``python3`` commands that start this interpreter."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("python", "python3"):
            shim = folder / name
            quoted = str(self.path).replace("'", "'\\''")
            shim.write_text(f"#!/bin/sh\nexec '{quoted}' \"$@\"\n", encoding="utf-8")
            shim.chmod(0o755)

    def differences(self, environment: dict) -> list[str]:
        """Return how this Python differs from the exact pins of a conda file's mapping.

        Of Python itself only the minor version counts, and pip not at all: no step can tell.
        """
        found = []
        for name, wanted in conda_pins(environment).items():
            if name == "pip":
                continue
            here = self.packages.get(name)
            if name == "python":
                here, wanted = _minor(self.version), _minor(wanted)
            if here is None:
                found.append(f"{name} {wanted} (not installed)")
            elif not _matches(here, wanted):
                found.append(f"{name} {wanted} (here {here})")
        return found


def inspect(path: Path | None) -> Interpreter:
    """Return what there is to know of an interpreter (None: the one running this); raise InterpreterError."""
    path = Path(os.path.abspath(path or sys.executable))
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(
            [path, "-c", _PROBE], capture_output=True, text=True, timeout=60, cwd="/", env=plain, check=True
        )
        version, places = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        cause = reason(error) if isinstance(error, OSError) else "it does not run Python code"
        raise InterpreterError(f"{path} is not a working Python: {cause}") from error
    return Interpreter(path, version, _packages([Path(place) for place in places if place]))


def _packages(places: list[Path]) -> dict[str, str]:
    """Return name -> version of what is installed, read from the names of the ``dist-info`` folders."""
    found: dict[str, str] = {}
    for place in reversed(places):
        for folder in place.glob("*.dist-info"):
            name, _, version = folder.name.removesuffix(".dist-info").rpartition("-")
            found[_normal(name)] = version
    return found


def conda_pins(environment: dict) -> dict[str, str]:
    """Return the exactly pinned packages of a conda file: name -> version."""
    listed = environment.get("dependencies")
    listed = listed if isinstance(listed, list) else []
    texts = [each for each in listed if isinstance(each, str)]
    for each in listed:
        pip = mapping(each).get("pip")
        texts += [text for text in pip if isinstance(text, str)] if isinstance(pip, list) else []
    matches = (_PIN.match(text) for text in texts)
    return {_normal(match["name"]): match["version"] for match in matches if match}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _matches(here: str, wanted: str) -> bool:
    return here == wanted or here.startswith(f"{wanted}.")
