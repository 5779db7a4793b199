"""What the commands import as they start: on every platform, and no more than they need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from checkout import Checkout, job
from layout import PROJECTS, ROOT

# What pyyaml, packaging and pathspec bring.
LIGHT = {"azml", "_yaml", "packaging", "pathspec", "yaml"}
LOADED = """
import json, sys
before = set(sys.modules)
from azml.cli import main
status = main(sys.argv[1:])
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps([status, sorted(loaded - sys.stdlib_module_names)]))
"""
POSIX_ONLY = ("fcntl", "grp", "pty", "pwd", "termios", "tty")
BLOCKED = f"""
import sys
sys.modules.update(dict.fromkeys({POSIX_ONLY}))  # None: importing it is a ModuleNotFoundError
from azml.cli import main
sys.exit(main(sys.argv[1:]))
"""


def python(program: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that can import the tool from this checkout."""
    program = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r})\n{program}"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")


def test_validate_imports_only_light_packages():
    done = python(LOADED, "validate", ".", folder=PROJECTS / "serving")
    status, loaded = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stdout + done.stderr
    packages = {name for name in loaded if "cython" not in name}  # what a compiled yaml leaves behind
    assert {"azml", "yaml"} <= packages <= LIGHT


@pytest.mark.parametrize(
    "arguments",
    [("validate", "."), ("graph",), ("run", "--plan"), ("run",), ("--version",)],
    ids=" ".join,
)
def test_command_needs_no_module_of_posix_alone(arguments: tuple[str, ...], checkout: Checkout):
    checkout.pipeline(
        {"a": job("echo done > ${{outputs.out}}", "out")}, settings={"default_compute": "azureml:cpu"}
    )
    done = python(BLOCKED, *arguments, folder=checkout.folder)
    assert done.returncode == 0, done.stderr
