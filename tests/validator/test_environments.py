"""``azml validate --environments``: what the package index has of the declared environments."""

import os
import re
import shutil
from pathlib import Path

import pytest
from azml.cli import main
from wheels import wheel

pytestmark = pytest.mark.skipif(shutil.which("uv") is None, reason="needs uv")
PIPELINE = """\
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
settings: {default_compute: azureml:cpu}
jobs:
  a:
    type: command
    command: echo a
    environment: {image: mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04, conda_file: ./conda.yml}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository whose pipeline has one environment, and an index of its own."""
    wheels = tmp_path / "wheels"
    for version in ("1.0", "2.0", "3.0rc1"):
        wheel(wheels, "greeting", version)
    wheel(wheels, "needy", "1.0", "greeting>=2")
    wheel(wheels, "early", "1.0", "greeting>=3.0rc1")
    wheel(wheels, "micro", "1.0", python=">=3.8.1")
    wheel(wheels, "compiled", "1.0", tag="cp37-cp37m-manylinux_2_17_x86_64")
    wheel(wheels, "malformed", "1.0", "greeting >== 1")
    wheel(wheels, "chain", "1.0", "link")
    wheel(wheels, "link", "1.0", "compiled")
    wheel(wheels, "windows", "1.0", tag="cp38-cp38-win_amd64")
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "repository/pipeline.yml").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path / "repository")
    return tmp_path / "repository"


def conda(folder: Path, *pip: str, others: tuple[str, ...] = ("python=3.8",)) -> None:
    lines = ["dependencies:", *(f"  - {each}" for each in others), "  - pip:"]
    options = ("--no-index", f"--find-links {folder.parent}/wheels")
    lines += [f"      - {each}" for each in (*options, *pip)]
    (folder / "conda.yml").write_text("\n".join([*lines, ""]))


def check(capfd: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    status = main(["validate", "--environments", *options])
    said = capfd.readouterr()
    return status, said.out, said.err


SILENT = {
    "all there": ("greeting==2.0", "needy"),
    "another micro version of Python": ("micro",),
    "a pre-release that a package asks for": ("early",),
    "an address": ("there @ https://nowhere.invalid/there-1.0.tar.gz", "greeting"),
    "for another platform": ("greeting; sys_platform == 'win32'", "nowhere; sys_platform == 'win32'"),
}


@pytest.mark.parametrize("pip", SILENT.values(), ids=SILENT)
def test_what_pip_installs_is_not_reported(folder, capfd, pip):
    conda(folder, *pip)
    assert check(capfd) == (0, "1 spec and 1 environment, no findings\n", "")


FOUND = {
    "no such package": (("greeting", "nowhere==3"), ["nowhere==3"], "nowhere was not found"),
    "no such version": (("needy", "greeting==7"), ["greeting==7"], "no version of greeting==7"),
    "two mistakes": (("greeting==7", "nowhere"), ["greeting==7", "nowhere"], "no version"),
    "conflict": (("needy", "greeting<2"), ["greeting<2"], "greeting>=2"),
    "no wheel for this Python": (("compiled",), ["compiled"], "no wheels with a matching Python"),
    "what a package needs": (("greeting", "chain"), ["chain"], "no wheels with a matching"),
    "no wheel for Linux": (("windows==1.0",), ["windows==1.0"], "no wheels with a matching platform"),
}


@pytest.mark.parametrize(("pip", "wrong", "cause"), FOUND.values(), ids=FOUND)
def test_each_mistake_is_found_at_its_line(folder, capfd, pip, wrong, cause):
    conda(folder, *pip)
    status, out, _ = check(capfd)
    lines = (folder / "conda.yml").read_text().splitlines()
    places = [int(each) for each in re.findall(r"^conda\.yml:(\d+):9: error: pip cannot install", out, re.M)]
    assert (status, [lines[number - 1].strip(" -") for number in places]) == (1, wrong)
    assert cause in out


def test_the_other_side_of_a_conflict_is_shown(folder, capfd):
    conda(folder, "needy", "greeting<2")
    assert "    conda.yml:6:9: asked for here" in check(capfd)[1]


SAYS_NOTHING = {
    "packages of conda": (("greeting",), ("python=3.8", "nowhere=1.0")),
    "what some versions of pip refuse": (("malformed==1.0",), ("python=3.8",)),
    "an old pip, which warns of conflicts": (("needy", "greeting<2"), ("python=3.8", "pip=20.2.4")),
    "some Python that fits": (("compiled",), ("python>=3.7,<3.9",)),
}


@pytest.mark.parametrize(("pip", "others"), SAYS_NOTHING.values(), ids=SAYS_NOTHING)
def test_what_depends_on_more_than_the_index_is_not_reported(folder, capfd, pip, others):
    conda(folder, *pip, others=others)
    assert check(capfd)[0] == 0


def test_another_conda_file_of_the_repository_is_not_reported(folder, capfd):
    conda(folder, "nowhere")
    (folder / "other.yml").write_text(PIPELINE.replace("./conda.yml", "{dependencies: [python=3.8]}"))
    assert check(capfd, "other.yml")[:2] == (0, "1 spec, no findings\n")


def test_an_environment_is_asked_for_once(folder, capfd, monkeypatch):
    conda(folder, "greeting")
    assert check(capfd)[0] == 0
    assert (folder / ".local/.gitignore").read_text() == "*\n"
    shutil.rmtree(folder.parent / "wheels")
    assert check(capfd)[0] == 0
    conda(folder, "greeting", "needy")
    assert check(capfd)[0] != 0


def test_a_comment_switches_it_off(folder, capfd):
    conda(folder, "nowhere  # azml: ignore[unavailable-package]")
    assert check(capfd)[0] == 0


def test_the_comment_is_not_called_unused_offline(folder, capfd):
    text = PIPELINE.replace("./conda.yml}", "{dependencies: [pip: [x]]}} # azml: ignore[unavailable-package]")
    (folder / "pipeline.yml").write_text(text)
    assert main(["validate"]) == 0
    assert capfd.readouterr().out == "1 spec, no findings\n"


def test_an_index_that_does_not_answer_is_no_verdict(folder, capfd, monkeypatch):
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    (folder / "conda.yml").write_text(
        "dependencies: [python=3.8, {pip: ['--index-url http://me:secret@127.0.0.1:9/simple', greeting]}]"
    )
    status, out, err = check(capfd)
    assert (status, out) == (2, "1 spec and 1 environment, the check is not complete\n")
    assert re.fullmatch(r"azml: --environments: the package index at http://\S+ does not answer\n", err)
    assert "secret" not in err


def test_without_uv_nothing_is_checked(folder, capfd, monkeypatch):
    conda(folder, "greeting")
    monkeypatch.setattr("sysconfig.get_path", lambda *_: os.devnull)
    monkeypatch.setenv("PATH", "")
    assert check(capfd) == (2, "", "azml: --environments needs uv: pip install uv\n")
