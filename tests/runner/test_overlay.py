"""What a step installs or removes is its own: the environment below stays byte for byte what it was."""

import hashlib
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from checkout import LOG_METRIC, Checkout, job

SHOW = "python -c 'import greeting; print(greeting.VERSION)' > ${{outputs.out}}; greet >> ${{outputs.out}}"


def make_wheel(folder: Path, version: str) -> Path:
    """Write a wheel with a module and a console script."""
    path = folder / f"greeting-{version}-py3-none-any.whl"
    info = f"greeting-{version}.dist-info"
    files = {
        "greeting.py": f"VERSION = '{version}'\ndef main():\n    print('greet', VERSION)\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: greeting\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ngreet = greeting:main\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in (*files.items(), (f"{info}/RECORD", record)):
            wheel.writestr(name, text)
    return path


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    make_wheel(folder, "1.0")
    make_wheel(folder, "2.0")
    return folder


@pytest.fixture(scope="module")
def with_pip(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment that has pip and greeting 1.0."""
    folder = tmp_path_factory.mktemp("environment") / "with_pip"
    venv.create(folder, with_pip=True)
    install = [
        folder / "bin/python",
        "-m",
        "pip",
        "install",
        "--no-index",
        "-q",
        "-f",
        wheels,
        "greeting==1.0",
    ]
    subprocess.run(install, check=True)
    return folder


@pytest.fixture(scope="module")
def without_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment that Python would compile into, wherever it is started."""
    folder = tmp_path_factory.mktemp("environment") / "without_pip"
    venv.create(folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "hook.pth").write_text("import hook\n")
    (packages / "hook.py").touch()
    return folder


def content(folder: Path) -> dict[str, str]:
    """Return the hash of every file of an environment, compiled ones included."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


INSTALL = {
    "pip": "pip install",
    "pip3": "pip3 install",
    "pip with a version": f"pip3.{sys.version_info.minor} install",
    "python -m pip": "python -m pip install",
    "python3 -m pip": "python3 -m pip install",
    "user": "pip install --user",
    "python -m pip, user": "python -m pip install --user",
    "force": "pip install --force-reinstall",
    "uninstall first": "pip uninstall -y greeting; pip install",
    "from python": "python install.py install",
}
CONDA = "{0} install -y -c conda-forge {1} && {0} run -n base python -c pass"
if shutil.which("uv"):
    INSTALL |= {"uv": "uv pip install", "uv system": "uv pip install --system"}


def test_installing_trials_leave_the_environment_alone(
    checkout: Checkout, with_pip: Path, wheels: Path
) -> None:
    checkout.write(
        "code/install.py",
        "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', *sys.argv[1:]])\n",
    )
    options = f"-q --no-index -f '{wheels}' greeting==2.0"
    cases = "".join(f"'{name}') {command} {options} ;; " for name, command in INSTALL.items())
    command = f'case "${{{{search_space.how}}}}" in {cases} esac; {SHOW}; {LOG_METRIC} loss 1'
    checkout.write(
        "sweep.yml",
        {
            "type": "sweep",
            "trial": {"command": command, "code": "./code", "environment": {"image": "i"}},
            "search_space": {"how": {"type": "choice", "values": list(INSTALL)}},
            "sampling_algorithm": "grid",
            "objective": {"goal": "minimize", "primary_metric": "loss"},
            "limits": {"max_concurrent_trials": len(INSTALL), "max_total_trials": len(INSTALL)},
            "outputs": {"out": {"type": "uri_file"}},
        },
    )
    before = content(with_pip)
    done = checkout.run("sweep.yml", "--python", str(with_pip / "bin/python"))
    found = {name: done.output(f"sweep/trials/{number}") for number, name in enumerate(INSTALL)}
    assert found == dict.fromkeys(INSTALL, "2.0\ngreet 2.0")
    assert content(with_pip) == before


def test_a_step_without_installations_sees_the_environment(checkout: Checkout, with_pip: Path) -> None:
    checkout.pipeline({"a": job(SHOW, "out")})
    assert checkout.run("--python", str(with_pip / "bin/python")).output("a") == "1.0\ngreet 1.0"


def test_without_pip_the_machine_s_own_python_is_not_changed(
    checkout: Checkout, without_pip: Path, with_pip: Path, wheels: Path
) -> None:
    """``with_pip`` is first on PATH: its pip would be found where the environment has none."""
    before = content(without_pip), content(with_pip)
    installed = f"pip install -q --no-index -f '{wheels}' greeting==2.0; python -I -c 'import hook'"
    checkout.pipeline({"a": job(f"{installed}; {SHOW}", "out"), "b": job(f"{installed}; {SHOW}", "out")})
    path = f"{with_pip / 'bin'}:/usr/bin:/bin"
    done = checkout.run("--python", str(without_pip / "bin/python"), PATH=path)
    assert done.output("a") == done.output("b") == "2.0\ngreet 2.0"
    assert (content(without_pip), content(with_pip)) == before


def test_pip_outside_of_an_environment_refuses(checkout: Checkout) -> None:
    """The variable that stops it is pip's own; this pip belongs to no virtual environment."""
    checkout.pipeline({"a": job("echo $PIP_REQUIRE_VIRTUALENV > ${{outputs.out}}", "out")})
    assert checkout.run().output("a") == "1"


@pytest.mark.parametrize(
    ("tool", "packages"),
    [("conda", "greeting=2 openssl"), ("mamba", "--file list.txt"), ("micromamba", "-f list.yml")],
)
def test_conda_means_the_step_s_own_environment(
    checkout: Checkout, with_pip: Path, wheels: Path, tool: str, packages: str
) -> None:
    """The machine's own conda, first on PATH, is not asked."""
    theirs = checkout.write(f"bin/{tool}", "#!/bin/sh\ntouch $0.called\n")
    theirs.chmod(0o755)
    options = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    checkout.write("code/list.txt", "# what is needed\ngreeting=2\nopenssl\n")
    checkout.write("code/list.yml", {"dependencies": ["openssl", {"pip": ["greeting==2.0"]}]})
    command = f"{CONDA.format(tool, packages)} && {SHOW}"
    step = job(command, "out", code="./code", environment_variables=options)
    checkout.pipeline({"a": step})
    before = content(with_pip)
    path = f"{theirs.parent}:/usr/bin:/bin"
    done = checkout.run("--python", str(with_pip / "bin/python"), PATH=path)
    assert done.output("a") == "2.0\ngreet 2.0" and content(with_pip) == before
    assert "openssl is left out" in done.log("a")
    assert not Path(f"{theirs}.called").exists()
