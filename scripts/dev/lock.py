"""Resolve what make installs: ``make lock``, or ``make lock UPGRADE=1`` for the newest versions allowed.

Reads the ranges of pyproject.toml and the direct packages of environment/conda.yml, and writes

* environment/requirements.txt: all of ``.venv``, for Linux, macOS and Windows and Python 3.11 to 3.14;
* the lower part of environment/conda.yml: what its direct packages bring, for the image on Azure ML.

Both hold the same versions. Runs on the machine's own Python: standard library only.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence

from install import LOCK, ROOT, Stop, find_uv, say

CONDA = ROOT / "environment" / "conda.yml"
WRITTEN = "      # What these bring: written by `make lock`.\n"
IMAGE = "x86_64-manylinux_2_39"  # Ubuntu 24.04
REQUIREMENT = re.compile(r"^ +- ([A-Za-z0-9][^#\n]*?) *(?:#.*)?$", re.MULTILINE)


def direct_packages(conda: str) -> tuple[str, list[str]]:
    """Return the version of Python and the packages that stand in a conda file above what make lock wrote."""
    by_hand = conda.partition(WRITTEN)[0]
    outside, _, inside = by_hand.partition("- pip:\n")
    python = re.search(r"- python=+(\d+\.\d+)", outside)
    pip = re.search(r"- pip=+([\w.]+)", outside)
    if not python or not pip:
        raise Stop(f"{CONDA.name} has to name the versions of python and pip")
    return python[1], [f"pip=={pip[1]}", *REQUIREMENT.findall(inside)]


def resolve(uv: str, packages: Sequence[str], *options: str) -> str:
    """Return the requirements that uv resolves these packages and options to."""
    command = [uv, "pip", "compile", "--quiet", "--custom-compile-command", "make lock", *options, "-"]
    given = "\n".join(packages)
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Stop(done.stderr.strip())
    return done.stdout


def write_lock(uv: str, packages: Sequence[str], upgrade: bool) -> None:
    """Lock all that make installs; without `upgrade`, versions stay where nothing asks for others."""
    ranges = ["pyproject.toml", "--extra", "run", "--extra", "dev"]
    universal = ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
    style = ["--annotation-style", "line", "--output-file", str(LOCK.relative_to(ROOT))]
    resolve(uv, packages, *ranges, *universal, *style, *(["--upgrade"] if upgrade else []))
    LOCK.write_text(LOCK.read_text("utf-8").replace("-r -", str(CONDA.relative_to(ROOT))), "utf-8")


def write_conda(uv: str, python: str, packages: Sequence[str]) -> None:
    """Write below a conda file's own packages what they bring, in the versions of the lock."""
    image = ["--python-version", python, "--python-platform", IMAGE, "--constraint", str(LOCK)]
    everything = resolve(uv, packages, *image, "--no-header", "--no-annotate").split()
    brought = [package for package in everything if package not in packages]
    by_hand = CONDA.read_text("utf-8").partition(WRITTEN)[0]
    CONDA.write_text(by_hand + WRITTEN + "".join(f"      - {package}\n" for package in brought), "utf-8")


def main() -> int:
    """Write both files; exit status 1 with uv's reason where the ranges cannot be met."""
    try:
        uv = find_uv()
        if uv is None:
            raise Stop("uv is needed: make setup brings it to .venv")
        python, packages = direct_packages(CONDA.read_text("utf-8"))
        write_lock(uv, packages, upgrade=bool(os.environ.get("UPGRADE")))
        write_conda(uv, python, packages)
    except Stop as stop:
        say(str(stop))
        return 1
    say(f"wrote {LOCK.relative_to(ROOT)} and {CONDA.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
