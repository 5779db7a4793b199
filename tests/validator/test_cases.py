"""Each folder of cases/ is one mistake: change.yml says what it changes in a project of projects/.

``PYTHONPATH=scripts:tests/support python tests/validator/test_cases.py NAME ...`` writes the expected.txt of
the named cases (without names: of all that have none); read what it wrote: the position must be the
offending token's.
"""

import contextlib
import io
import json
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from azml.cli import main
from layout import CASES, PROJECTS

NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
UNTOUCHED = sorted(path.name for path in PROJECTS.iterdir() if path.is_dir())


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str, tmp_path: Path) -> None:
    expected = CASES / name / "expected.txt"
    assert findings(build(name, tmp_path)) == expected.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", UNTOUCHED)
def test_untouched_project_is_silent(name: str) -> None:
    assert findings(PROJECTS / name) == []


def build(name: str, folder: Path) -> Path:
    """Write a case's project below a folder and return where it is."""
    change = yaml.safe_load((CASES / name / "change.yml").read_text(encoding="utf-8"))
    project = folder / "project"
    if "base" in change:
        shutil.copytree(PROJECTS / change["base"], project)
    for path, what in change.get("files", {}).items():
        apply(project / path, what)
    return project


def apply(path: Path, what: str | list[dict[str, str]] | None) -> None:
    """Write a file anew (a text), remove it or a folder (null) or replace what stands in it once (a list)."""
    if what is None:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return
    text = what
    if isinstance(what, list):
        text = path.read_text(encoding="utf-8")
        for edit in what:
            assert text.count(edit["find"]) == 1, f"{edit['find']!r} must stand once in {path.name}"
            text = text.replace(edit["find"], edit["put"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def findings(project: Path) -> list[str]:
    """Return what the command finds in a project, a line each."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.chdir(project), contextlib.redirect_stdout(output):
        status = main(["validate", "--format", "json", "."])
    rows = json.loads(output.buffer.getvalue())["findings"]
    assert status == any(row["severity"] == "error" for row in rows)
    return ["{path}:{line}:{column}: {severity}: {message} [{rule}]".format(**row) for row in rows]


def accept(names: list[str]) -> None:
    """Write the expectation of the named cases, or of those that have none."""
    for name in names or [each for each in NAMES if not (CASES / each / "expected.txt").exists()]:
        with tempfile.TemporaryDirectory() as folder:
            lines = findings(build(name, Path(folder)))
        text = "".join(f"{line}\n" for line in lines)
        (CASES / name / "expected.txt").write_text(text, encoding="utf-8")
        print(f"{name}:\n{text}")


if __name__ == "__main__":
    accept(sys.argv[1:])
