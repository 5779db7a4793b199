"""The hook as anybody's repository uses it: installed by pre-commit, run on a commit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from layout import ROOT

GOOD = """\
$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json
type: command
command: echo hello
environment: azureml:hello:1
compute: azureml:cpu-cluster
"""
BROKEN = GOOD.replace("command: echo", "comand: echo")
# What the validator and its libraries need, and what a virtual environment has anyway.
LIGHT = {"azml", "packaging", "pathspec", "pip", "pyyaml", "setuptools", "wheel"}

pytestmark = pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="pre-commit installs from a git repository"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that pre-commit installs hooks into."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def repository(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new git repository that uses the hook of this one, as committed."""
    folder = tmp_path_factory.mktemp("repository")
    head = run(ROOT, home, "git", "rev-parse", "HEAD").stdout.strip()
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {ROOT}\n  rev: {head}\n  hooks:\n  - id: azureml-validate\n", encoding="utf-8"
    )
    run(folder, home, "git", "init", "--quiet")
    run(folder, home, "git", "config", "user.name", "A tester")
    run(folder, home, "git", "config", "user.email", "tester@example.org")
    run(folder, home, sys.executable, "-m", "pre_commit", "install")
    return folder


def run(folder: Path, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command there, with pre-commit's own folder apart from the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    variables = kept | {"PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"}
    return subprocess.run(command, cwd=folder, env=variables, text=True, capture_output=True, timeout=300)


def commit(folder: Path, home: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Commit a job with that text."""
    (folder / "job.yml").write_text(text, encoding="utf-8")
    run(folder, home, "git", "add", ".")
    return run(folder, home, "git", "commit", "--message", "Add a job")


def test_good_commit_passes_and_broken_one_is_refused(repository: Path, home: Path):
    passed = commit(repository, home, GOOD)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    refused = commit(repository, home, BROKEN)
    assert refused.returncode == 1
    assert "job.yml:3:1: error: unknown key 'comand'; did you mean 'command'? [unknown-key]" in refused.stderr
    assert run(repository, home, "git", "log", "--oneline").stdout.count("\n") == 1

    found = {
        path.name.split("-")[0].lower()
        for path in home.glob("*/py_env-*/lib/python*/site-packages/*.dist-info")
    }
    assert {"azml", "pyyaml"} <= found <= LIGHT


def test_try_repo_shows_the_finding(tmp_path: Path, home: Path):
    run(tmp_path, home, "git", "init", "--quiet")
    (tmp_path / "job.yml").write_text(BROKEN, encoding="utf-8")
    run(tmp_path, home, "git", "add", ".")
    tried = run(
        tmp_path, home, sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), "azureml-validate", "-a"
    )
    assert tried.returncode == 1
    assert "job.yml:3:1: error: unknown key 'comand'" in tried.stdout
