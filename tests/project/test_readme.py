"""The README's commands are commands that there are."""

import re
import subprocess
import sys

import pytest
from layout import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = README.split("\n```")[1::2]
LINES = [line.partition("  #")[0].strip() for block in BLOCKS for line in block.splitlines()[1:]]
MAKE = sorted({line for line in [*LINES, *re.findall(r"`(make [^`]+)`", README)] if line.startswith("make ")})
COMMANDS = [line for line in LINES if re.match(r"\.venv/bin/(python|azml) ", line)]


def test_there_are_commands_to_check():
    assert len(MAKE) > 10 and len(COMMANDS) > 2


@pytest.mark.parametrize("line", MAKE)
def test_make_has_the_target(line):
    done = subprocess.run(
        ["make", "--dry-run", "JOB=x", line.split()[1]], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_take_the_options(line):
    name, script, *arguments = line.split()
    command = [script] if name.endswith("python") else ["-m", "azml.cli", script]
    options = {word for word in arguments if word.startswith("--")}
    done = subprocess.run([sys.executable, *command, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert options <= set(re.findall(r"--[\w-]+", done.stdout))
