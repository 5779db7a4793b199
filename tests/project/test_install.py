"""How make sets up ``.venv``: what it must never lose, and what it installs with."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from layout import ROOT

# Plays uv: makes a folder that looks like an environment, takes a moment, and fails when it is told to.
UV = """\
#!/bin/sh
case "$1 $2" in
"--version ") echo "uv {version} (test)" ;;
"venv --quiet") for last; do :; done; mkdir -p "$last/bin" ;;
"pip sync")
    sleep 0.2
    echo "$@" >>calls.txt
    [ ! -e offline ] || {{ echo "error: no network" >&2; exit 2; }}
    ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project that is only what the installation reads."""
    folder = tmp_path / "a project"
    for name in ("scripts/dev/install.py", "environment/requirements.txt", "pyproject.toml", "Makefile"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def tools(project: Path, version: str = "99.0.0") -> str:
    """Return a PATH with a stand-in for uv in front."""
    uv = project.parent / "bin" / "uv"
    uv.parent.mkdir(exist_ok=True)
    uv.write_text(UV.format(version=version))
    uv.chmod(0o755)
    return f"{uv.parent}:{os.environ['PATH']}"


def start(project: Path, path: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["make", "--no-print-directory", "setup", f"BASE_PYTHON={sys.executable}"],
        cwd=project,
        env=os.environ | {"PATH": path or tools(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def setup(project: Path, code: int = 0) -> str:
    """Run ``make setup`` and return what it says."""
    process = start(project)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode != 0) == bool(code), said
    assert "Traceback" not in said
    return said


def installations(project: Path) -> int:
    calls = project / "calls.txt"
    return len(calls.read_text().splitlines()) if calls.exists() else 0


def change_lock(project: Path) -> None:
    with (project / "environment/requirements.txt").open("a") as lock:
        lock.write("another==1.0\n")


def test_what_is_up_to_date_is_left_alone(project: Path):
    assert "make: installing the packages" in setup(project)
    assert (project / ".venv/installed.txt").exists()
    for name in ("environment/requirements.txt", "pyproject.toml"):  # as git does at each checkout
        os.utime(project / name)
    assert "installing" not in setup(project)
    assert installations(project) == 1
    change_lock(project)
    setup(project)
    assert installations(project) == 2


def test_a_failure_leaves_the_environment_that_worked(project: Path):
    setup(project)
    (project / ".venv/mine").touch()
    change_lock(project)
    (project / "offline").touch()
    said = setup(project, code=1)
    assert "error: no network" in said and "the installation failed; .venv is as it was" in said
    assert (project / ".venv/mine").exists()
    (project / "offline").unlink()
    setup(project)
    assert not (project / ".venv/mine").exists()
    assert [path.name for path in project.glob(".venv*")] == [".venv"]


def test_what_a_killed_make_left_is_in_nobody_s_way(project: Path):
    for name in (".venv.new", ".venv.old"):
        (project / name / "bin").mkdir(parents=True)
    setup(project)
    assert [path.name for path in project.glob(".venv*")] == [".venv"]


def own_folder(project: Path) -> Path:
    (project / ".venv").mkdir()
    return project / ".venv"


def link(project: Path) -> Path:
    target = project.parent / "elsewhere"
    target.mkdir()
    (target / "installed.txt").write_text("as in an environment of another checkout")
    os.utime(target / "installed.txt", (0, 0))
    (project / ".venv").symlink_to(target)
    return target


@pytest.mark.parametrize("make_folder", [own_folder, link])
def test_an_environment_that_make_did_not_build_is_never_emptied(project: Path, make_folder):
    folder = make_folder(project)
    (folder / "mine").touch()
    said = setup(project, code=1)
    assert "make: .venv was not built by make: move it away, and run make again" in said
    assert (folder / "mine").exists()
    assert installations(project) == 0


def test_two_at_once_both_succeed(project: Path):
    path = tools(project)
    both = [start(project, path), start(project, path)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert installations(project) == 1


def test_packaging_counts_and_the_settings_of_tools_do_not(project: Path):
    setup(project)
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text("utf-8") + "\n[tool.other]\na = 1\n", "utf-8")
    setup(project)
    assert installations(project) == 1
    pyproject.write_text(
        pyproject.read_text("utf-8").replace("[project.scripts]", "[project.scripts]\nb = 'a:b'")
    )
    setup(project)
    assert installations(project) == 2


def test_no_python_that_is_supported(project: Path):
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        python = project.parent / "bin" / name
        python.parent.mkdir(exist_ok=True)
        python.write_text("#!/bin/sh\nexit 1\n")
        python.chmod(0o755)
    done = subprocess.run(
        ["make", "setup"],
        cwd=project,
        env=os.environ | {"PATH": tools(project)},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "Python 3.11, 3.12, 3.13 or 3.14 is needed, and none is on the PATH" in done.stderr
