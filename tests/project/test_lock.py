"""The lock, the conda file and the package's own ranges say the same."""

import re
import tomllib

import pytest
import yaml
from layout import ROOT
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

LOCK = ROOT / "environment" / "requirements.txt"
CONDA = ROOT / "environment" / "conda.yml"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
IMAGE = {
    **default_environment(),
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "python_version": "3.11",
    "python_full_version": "3.11.13",
}


def locked() -> dict[str, Requirement]:
    lines = [line.partition(" #")[0].strip() for line in LOCK.read_text("utf-8").splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def conda() -> tuple[dict[str, str], list[str]]:
    """Return the versions that stand outside of pip's list, and pip's list."""
    *outside, inside = yaml.safe_load(CONDA.read_text("utf-8"))["dependencies"]
    return dict(line.split("=", 1) for line in outside), inside["pip"]


def test_every_package_of_the_lock_is_pinned_once():
    lines = [line for line in LOCK.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    assert len(lines) == len(locked())
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+( ;.*?)?( +#.*)?", line) for line in lines)


def test_conda_file_is_the_lock_on_the_image():
    outside, inside = conda()
    pins = {canonicalize_name(r.name): str(r.specifier) for r in map(Requirement, inside)}
    assert len(pins) == len(inside)
    lock = {
        name: str(r.specifier) for name, r in locked().items() if not r.marker or r.marker.evaluate(IMAGE)
    }
    assert pins == {name: lock.get(name) for name in pins}
    assert f"=={outside['pip']}" == lock["pip"]


def test_conda_file_holds_all_that_its_packages_bring():
    """Asked of what is installed, which the lock put there."""
    from importlib.metadata import distribution

    pins = {canonicalize_name(Requirement(line).name) for line in conda()[1]}
    for name in pins:
        for line in distribution(name).requires or []:
            needed = Requirement(line)
            if not needed.marker or needed.marker.evaluate(IMAGE | {"extra": ""}):
                assert canonicalize_name(needed.name) in pins | {"pip"}, f"{name} needs {needed}"


def test_pip_of_the_image_is_one_without_known_holes():
    assert Version(conda()[0]["pip"]) >= Version("26.1.2")  # CVE-2026-8643


@pytest.mark.parametrize("where", ["dependencies", "run", "dev"])
def test_ranges_have_a_floor_that_the_lock_is_in(where):
    ranges = PROJECT["dependencies"] if where == "dependencies" else PROJECT["optional-dependencies"][where]
    lock = locked()
    for requirement in map(Requirement, ranges):
        pinned = str(lock[canonicalize_name(requirement.name)].specifier).removeprefix("==")
        assert pinned in requirement.specifier
        if where != "dev":
            assert any(each.operator in (">=", "==") for each in requirement.specifier), requirement


def test_no_registry_and_no_machine_in_it():
    for path in (LOCK, CONDA):
        assert not re.search(r"https?://|file:|/(home|root|Users|tmp|work)/", path.read_text("utf-8"))
