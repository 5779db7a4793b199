"""Build ``.venv`` from the lock, with uv: what the targets of the Makefile do first.

Takes the uv on the PATH, or gets the locked one from PyPI. The new environment is built beside the old one
and takes its place, so a failure (no network, a full disk) leaves what worked. A ``.venv`` that is a link, or
that make did not build, is never touched. Runs on the machine's own Python: standard library only.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "environment" / "requirements.txt"
INSTALLED = "installed.txt"  # in .venv: what it was built from
MADE_BY_MAKE = (INSTALLED, "pins.txt")  # the second until version 0.1.0
PYTHONS = ((3, 11), (3, 14))
OLDEST_UV = (0, 6)


class Stop(Exception):
    """Something the user has to see to; nothing was changed."""


def wanted() -> str:
    """Return what the environment depends on: the lock, and how azml itself is packaged."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return f"{LOCK.read_text('utf-8')}{project['build-system']}\n{project['project']}\n"


def current() -> str | None:
    """Return what ``.venv`` was built from; raise Stop where it is not ours to replace."""
    if VENV.is_symlink() or (VENV.exists() and not any((VENV / name).exists() for name in MADE_BY_MAKE)):
        raise Stop(".venv was not built by make: move it away, and run make again")
    installed = VENV / INSTALLED
    return installed.read_text("utf-8") if installed.exists() else None


def find_uv() -> str | None:
    """Return a uv that works: the one on the PATH, or the one of the present ``.venv``."""
    for uv in (shutil.which("uv"), shutil.which("uv", path=VENV / "bin")):
        # A shim of pyenv or asdf is on the PATH even where there is no uv behind it.
        if uv and _version(uv) >= OLDEST_UV:
            return uv
    return None


def _version(uv: str) -> tuple[int, ...]:
    done = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"uv (\d+)\.(\d+)", done.stdout)
    return tuple(map(int, found.groups())) if found else ()


def get_uv(folder: Path) -> str:
    """Install the locked uv into a folder of its own and return its path."""
    locked = re.search(r"^uv==\S+", LOCK.read_text("utf-8"), re.MULTILINE)
    say(f"no uv on the PATH: getting {locked[0] if locked else 'uv'} from PyPI")
    run(sys.executable, "-m", "venv", "--clear", str(folder))
    run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", locked[0] if locked else "uv")
    return str(folder / "bin" / "uv")


def say(text: str) -> None:
    print(f"make: {text}", file=sys.stderr, flush=True)


def run(*command: str) -> None:
    """Run a command and pass on what it says, less its list of packages; raise Stop where it fails."""
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            if not line.startswith((" + ", "Using Python ")):
                print(line, end="", file=sys.stderr, flush=True)
    if process.returncode:
        raise Stop(
            f"the installation failed; {'.venv is as it was' if VENV.exists() else 'there is no .venv'}"
        )


def build(uv: str, folder: Path) -> None:
    """Build the environment in a folder from which it can be moved."""
    run(uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(folder))
    run(uv, "pip", "sync", "--python", str(folder), str(LOCK))
    itself = ["--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]
    run(uv, "pip", "install", "--python", str(folder), *itself)
    (folder / INSTALLED).write_text(wanted(), "utf-8")


def swap(new: Path, old: Path) -> None:
    """Put the new environment in the place of the present one."""
    if VENV.exists():
        VENV.rename(old)
    new.rename(VENV)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def alone() -> Iterator[None]:
    """Let a second make wait until the first has installed."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install() -> None:
    """Bring ``.venv`` up to date with the lock."""
    new, old, private = (ROOT / f".venv.{name}" for name in ("new", "old", "uv"))
    with alone():
        if current() == wanted():
            (VENV / INSTALLED).touch()
            return
        try:
            for left in (new, old):  # by a make that was killed
                shutil.rmtree(left, ignore_errors=True)
            uv = find_uv() or get_uv(private)
            say("installing the packages of environment/requirements.txt into .venv")
            build(uv, new)
            swap(new, old)
        finally:
            for left in (new, private):
                shutil.rmtree(left, ignore_errors=True)


def main() -> int:
    """Install; exit status 1 with one line of what to do where that is not possible."""
    oldest, newest = PYTHONS
    if not oldest <= sys.version_info[:2] <= newest:
        say(f"Python {'.'.join(map(str, oldest))} to {'.'.join(map(str, newest))} is needed")
        return 1
    try:
        install()
    except Stop as stop:
        say(str(stop))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
