"""Each step runs in the environment that its YAML declares: built once, kept, shared, never half built."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from azml.cli import main
from azml.core.uv import find_uv, run_tool
from checkout import Checkout, job
from wheels import sdist, wheel

pytestmark = pytest.mark.skipif(shutil.which("uv") is None, reason="needs uv")
NOWHERE = "http://127.0.0.1:9/simple"
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def shop(checkout: Checkout) -> Checkout:
    """Return a checkout with an index of its own: nothing comes from the network."""
    for version in ("1.0", "2.0"):
        wheel(checkout.folder / "wheels", "greeting", version)
    wheel(checkout.folder / "wheels", "needy", "1.0", "greeting>=2")
    for name in ("pip", "setuptools", "wheel"):
        wheel(checkout.folder / "wheels", name, "99.0")
    wheel(checkout.folder / "wheels", "setuptools", "81.0")
    return checkout


def declared(checkout: Checkout, *pip: str, python: str = MINOR, dependencies: tuple = ()) -> dict:
    options = ["--no-index", f"--find-links {checkout.folder}/wheels"]
    listed = [f"python={python}", *dependencies, "pip", {"pip": [*options, *pip]}]
    return {"image": "mcr.microsoft.com/azureml/openmpi", "conda_file": {"dependencies": listed}}


SHOW = "python -c 'import greeting; print(greeting.VERSION)' > ${{outputs.out}}"


def test_steps_have_environments_of_their_own_built_once(shop: Checkout) -> None:
    shop.pipeline(
        {
            "one": job(SHOW, "out", environment=declared(shop, "greeting==1.0")),
            "two": job(SHOW, "out", environment=declared(shop, "greeting==2.0")),
            "too": job(SHOW, "out", environment=declared(shop, "greeting==2.0")),
        }
    )
    done = shop.run()
    assert [done.output(name) for name in ("one", "two", "too")] == ["1.0", "2.0", "2.0"]
    assert done.out.count("building the environment") == 2
    again = shop.run()
    assert "building" not in again.out and set(again.steps.values()) == {"Reused"}


def has_python(version: str) -> bool:
    uv = find_uv()
    return (
        uv is not None and not run_tool([uv, "python", "find", "--no-python-downloads", version]).returncode
    )


@pytest.mark.parametrize(
    ("python", "version"),
    [
        (MINOR, "99.0"),
        pytest.param("3.9", "81.0", marks=pytest.mark.skipif(not has_python("3.9"), reason="no Python 3.9")),
    ],
)
def test_old_pythons_have_the_setuptools_with_pkg_resources(
    shop: Checkout, python: str, version: str
) -> None:
    show = "python -c 'import setuptools; print(setuptools.VERSION)' > ${{outputs.out}}"
    shop.pipeline({"a": job(show, "out", environment=declared(shop, "greeting==1.0", python=python))})
    assert shop.run().output("a") == version


def test_of_packages_with_the_same_module_the_one_counts_that_pip_installs_last(shop: Checkout) -> None:
    """uv installs all at once, and now one is written last, now the other."""
    wheels = shop.folder / "wheels"
    names = ("a", "b", "c")
    for name in names:
        wheel(wheels, name, "1.0", module=f"{name}_module")
        needs = ("needy",) if name == "c" else ()  # then it is installed after what it needs
        wheel(wheels, f"{name}_slim", "2.0", *needs, module=f"{name}_module")
    wheel(wheels, "plugin", "1.0", *(f"{name}-slim" for name in names))
    imports = "; ".join(f"from {name}_module import VERSION as {name}" for name in names)
    show = f"python -c '{imports}; print({', '.join(names)})' > ${{{{outputs.out}}}}"
    shop.pipeline({"a": job(show, "out", environment=declared(shop, "plugin", *names))})
    assert shop.run().output("a") == "1.0 1.0 2.0"


def test_the_validator_knows_what_is_in_an_environment_that_was_built(
    shop: Checkout, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop.folder)
    environment = declared(shop, "greeting==1.0")
    environment["image"] = "mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04:20260901.v1"
    step = {**job("python fit.py && touch ${{outputs.out}}", "out", environment=environment), "code": "./src"}
    shop.pipeline({"a": step})
    shop.write("src/fit.py", "import greeting, setuptools, json\n")
    shop.run()
    shop.write("src/fit.py", "import greeting\nimport parting\n")
    assert main(["validate", "--select", "missing-package", "pipeline.yml"]) == 1
    said = capfd.readouterr().out
    assert "nothing here brings the module parting: fit.py imports parting [missing-package]" in said
    assert "src/fit.py:2:1: imported here" in said
    shutil.rmtree(shop.folder / ".local/environments")
    assert main(["validate", "--select", "missing-package", "pipeline.yml"]) == 0


def test_what_the_runner_has_is_not_built(shop: Checkout) -> None:
    shop.pipeline({"a": job("true", environment=declared(shop, "pyyaml>=5"))})
    assert "building" not in shop.run().out
    assert not (shop.folder / ".local/environments").exists()


@pytest.mark.parametrize(
    ("environment", "place", "reason"),
    [
        ({"pip": ("greeting", "nowhere==3")}, "nowhere==3", "nowhere was not found"),
        ({"pip": ("greeting==7",)}, "greeting==7", "greeting==7"),
        ({"pip": ("needy", "greeting<2")}, "greeting<2", "needy"),
        ({"pip": ("greeting",), "python": "3.5"}, "python=3.5", "3.5"),
        ({"pip": ("greeting", "git+https://127.0.0.1:9/a.git#egg=a")}, "127.0.0.1:9", "fatal: unable"),
        ({"pip": ("greeting", "broken==1.0")}, "broken==1.0", "RuntimeError: no compiler here"),
        ({"pip": ("greeting", f"--index-url {NOWHERE}")}, "--index-url", f"cannot fetch {NOWHERE}"),
    ],
    ids=[
        *("missing", "no such version", "conflict", "no such Python", "an address"),
        *("build fails", "no network"),
    ],
)
def test_what_cannot_be_built_stops_before_any_step(
    shop: Checkout, environment: dict, place: str, reason: str
) -> None:
    sdist(shop.folder / "wheels", "broken", "raise RuntimeError('no compiler here')")
    conda = declared(shop, *environment["pip"], python=environment.get("python", MINOR))["conda_file"]
    if place == "--index-url":  # beside --no-index it would not be asked
        conda["dependencies"][-1]["pip"].remove("--no-index")
    path = shop.write("conda.yml", conda)
    shop.pipeline(
        {"a": job("true"), "b": job("true", environment={"image": "i", "conda_file": "./conda.yml"})}
    )
    done = shop.run("--no-validate", code=2, UV_HTTP_RETRIES="0")
    number = next(number for number, line in enumerate(path.read_text().splitlines(), 1) if place in line)
    assert f"conda.yml:{number}:" in done.err and reason in done.err
    assert len(done.err.splitlines()) <= 4
    assert not (shop.folder / ".local/runs").exists()
    left = [path.name for path in (shop.folder / ".local/environments").iterdir() if path.is_dir()]
    assert left == []


def test_relaxed_versions_are_said(shop: Checkout) -> None:
    shop.pipeline({"a": job(SHOW, "out", environment=declared(shop, "greeting==1.5", python="3.5"))})
    done = shop.run("--relax", "--no-validate")
    assert done.output("a") == "2.0"
    assert "relaxed: python 3.5 (here 3." in done.out and "greeting 1.5 (here 2.0)" in done.out


def test_packages_that_conda_alone_has_are_said(shop: Checkout) -> None:
    environment = declared(shop, "greeting", dependencies=("openssl", "conda-forge::py-xgboost"))
    environment["conda_file"]["dependencies"].pop(2)
    shop.pipeline({"a": job(SHOW, "out", environment=environment)})
    assert "openssl is left out: PyPI does not have it" in shop.run(PATH=without_conda()).out


def without_conda() -> str:
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(each for each in folders if not (Path(each) / "conda").exists())


def test_conda_builds_where_it_is_needed_and_there(shop: Checkout, tmp_path: Path) -> None:
    """A stand-in for conda shows what it is asked for."""
    conda = tmp_path / "conda"
    conda.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncp "$6" {tmp_path}/file\n'
        f'exec {sys.executable} -m venv "$4"\n'
    )
    conda.chmod(0o755)
    environment = declared(shop, "greeting", dependencies=("openssl",))
    shop.pipeline({"a": job("python -c 'import sys; print(sys.prefix)'", environment=environment)})
    shop.run(PATH=f"{tmp_path}:{without_conda()}")
    assert (tmp_path / "asked").read_text().startswith("env create --prefix ")
    assert "openssl" in json.loads((tmp_path / "file").read_text())["dependencies"]


def test_curated_environment_without_known_packages_is_refused(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("true", environment="azureml:AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu:48")})
    said = checkout.refused()
    assert "AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu are not known here" in said
    line = 'add "azureml:AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu:48" = "conda.yml" to [tool.azml.local]'
    assert line in said and checkout.refused("--plan") == said
    assert checkout.run("--python", sys.executable).steps == {"a": "Completed"}


def test_killed_build_is_done_again(shop: Checkout) -> None:
    """The runner is killed, its uv is not: the next runner ends it, and builds anew."""
    started = shop.folder / "started"
    building = (f"pathlib.Path('{started}').write_text(str(os.getpid()))", "time.sleep(600)")
    sdist(shop.folder / "wheels", "slow", *building)
    shop.pipeline({"a": job("true", environment=declared(shop, "slow==1.0"))})
    process = shop.start()
    while not started.exists() or not started.read_text():
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.communicate()
    left = psutil.Process(int(started.read_text()))
    (shop.folder / "wheels/slow-1.0.tar.gz").unlink()
    wheel(shop.folder / "wheels", "slow", "1.0")
    assert shop.run().steps == {"a": "Completed"}
    left.wait(10)


def test_environment_whose_python_is_gone(shop: Checkout) -> None:
    shop.pipeline({"a": job(SHOW, "out", environment=declared(shop, "greeting==1.0"))})
    shop.run()
    (description,) = (shop.folder / ".local/environments").glob("*/environment.json")
    kept = json.loads(description.read_text())
    kept["probe"]["executable"] = str(shop.folder / "gone")
    description.write_text(json.dumps(kept))
    python = description.parent / "bin/python"
    python.unlink()
    python.symlink_to(shop.folder / "gone")
    assert "is not a working Python" in shop.run(code=2).err
    assert shop.run("--force-rerun").output("a") == "1.0"


def test_interrupted_build_is_done_again(shop: Checkout) -> None:
    shop.pipeline({"a": job(SHOW, "out", environment=declared(shop, "greeting==1.0"))})
    shop.run()
    (folder,) = [path for path in (shop.folder / ".local/environments").iterdir() if path.is_dir()]
    (folder / "environment.json").unlink()  # as a runner leaves it that is killed before the end
    shutil.rmtree(folder / "lib")
    done = shop.run("--force-rerun")
    assert "building" in done.out and done.output("a") == "1.0"


def test_two_runs_build_one_environment_once(shop: Checkout) -> None:
    for name in "ab":
        step = job(SHOW, "out", environment=declared(shop, "greeting==1.0"))
        shop.write(f"{name}/pipeline.yml", {"type": "pipeline", "jobs": {"step": step}})
    runs = [shop.start(f"{name}/pipeline.yml", "--force-rerun") for name in "ab"]
    outs = [process.communicate(timeout=120) for process in runs]
    assert [process.returncode for process in runs] == [0, 0], outs
    assert sum("building" in out for out, _ in outs) == 1


def test_environments_are_listed_and_removed(shop: Checkout) -> None:
    shop.pipeline({"a": job(SHOW, "out", environment=declared(shop, "greeting==1.0"))})
    shop.run()

    def azml(*arguments: str) -> str:
        command = [sys.executable, "-m", "azml.cli", "environments", *arguments]
        return subprocess.run(command, cwd=shop.folder, capture_output=True, text=True, check=True).stdout

    (line,) = azml().splitlines()
    key = line.split()[0]
    assert f"Python {MINOR}" in line and "greeting==1.0" in line
    assert azml("--remove", key) == f"removed {key}\n"
    assert azml() == "" and "building" in shop.run("--force-rerun").out
