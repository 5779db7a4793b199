"""A step's world: its snapshot, variables, interpreter and log, its limits and how it ends."""

import json
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import Checkout, Done, job

LIST = "find -L . -type f | sort | sed 's#^./##' > ${{outputs.out}}"


def component(**more: object) -> dict:
    return {"type": "command", "outputs": {"out": {"type": "uri_file"}}, "command": LIST, **more}


# Name -> (what the step says of its code, files in the snapshot).
SNAPSHOTS = {
    "none": ({}, []),
    "git_ignored": ({"code": "./git"}, [".gitignore", "inner/.gitignore", "inner/skip.txt", "keep.py"]),
    "aml_wins": ({"code": "./aml"}, [".amlignore", ".gitignore", "by_git.txt"]),
    "negated": ({"code": "./negated"}, [".amlignore", "a.csv"]),
    "below_a_star": ({"code": "./star"}, [".amlignore", "data/.keep"]),
    "one_file": ({"code": "./aml/by_git.txt"}, ["by_git.txt"]),
    "includes": (
        {"code": "./git", "additional_includes": ["./lib", "./aml/by_git.txt", "./by_git.log"]},
        [".gitignore", "by_git.txt", "inner/.gitignore", "keep.py", "lib/.gitignore", "lib/l.py"],
    ),
    "only_includes": ({"additional_includes": ["./lib"]}, ["lib/.gitignore", "lib/l.py", "lib/skip.log"]),
    "zipped": ({"additional_includes": ["./pack.zip"]}, ["pack.zip"]),
    "links": ({"code": "./links"}, ["file.txt", "real/f.txt", "twin/f.txt"]),
    "whole_repository": ({"code": ".", "additional_includes": None}, None),
}


@pytest.fixture(scope="module")
def snapshots(new_checkout: Callable[..., Checkout]) -> Done:
    checkout = new_checkout()
    for name, text in {
        "git/.gitignore": "*.log\n/data\n",
        "git/keep.py": "",
        "git/a.log": "",
        "git/data/x.csv": "",
        "git/__pycache__/keep.pyc": "",
        "git/inner/.gitignore": "skip.txt",
        "git/inner/skip.txt": "",
        "aml/.amlignore": "by_aml.txt",
        "aml/.gitignore": "by_git.txt",
        "aml/by_aml.txt": "",
        "aml/by_git.txt": "",
        "negated/.amlignore": "*.csv\n!a.csv\n",
        "negated/a.csv": "",
        "negated/b.csv": "",
        "star/.amlignore": "data/*\n!data/.keep\n",
        "star/data/.keep": "",
        "star/data/deep/big.bin": "",
        "by_git.log": "",
        "lib/.gitignore": "no.py",
        "lib/l.py": "",
        "lib/no.py": "",
        "lib/skip.log": "",
        "pack/p.py": "packed",
        "links/real/f.txt": "",
    }.items():
        checkout.write(name, text)
    links = checkout.folder / "links"
    (links / "file.txt").symlink_to("real/f.txt")
    (links / "twin").symlink_to("real")
    (links / "real/loop").symlink_to("..")
    checkout.pipeline({name: component(**said, type="command") for name, (said, _) in SNAPSHOTS.items()})
    for name, (said, _) in SNAPSHOTS.items():
        checkout.write(f"{name}.yml", component(**said))
    checkout.pipeline({name: {"component": f"./{name}.yml"} for name in SNAPSHOTS})
    return checkout.run()


@pytest.mark.parametrize("name", [name for name, (_, files) in SNAPSHOTS.items() if files is not None])
def test_snapshot(snapshots: Done, name: str) -> None:
    assert snapshots.output(name).split() == SNAPSHOTS[name][1]


def test_snapshot_of_the_repository_leaves_the_runner_s_files_out(snapshots: Done) -> None:
    files = snapshots.output("whole_repository").split()
    assert "pipeline.yml" in files and not [each for each in files if each.startswith(".local/")]


def test_zipped_include_is_the_folder(snapshots: Done) -> None:
    with zipfile.ZipFile(snapshots.folder / "zipped/code/pack.zip") as archive:
        assert archive.namelist() == ["pack/p.py"]
        assert archive.read("pack/p.py") == b"packed"


@pytest.mark.parametrize(
    ("said", "place", "reason"),
    [
        ({"code": "./none"}, "4:7", "the code folder ./none does not exist"),
        ({"additional_includes": ["./aml", "./no"]}, "6:3", "the additional include ./no does not exist"),
        (
            {"additional_includes": [{"type": "artifact"}]},
            "5:3",
            "an additional include from an artifact feed cannot be fetched",
        ),
        ({"additional_includes": "aml"}, "4:22", "a list of paths was expected"),
    ],
)
def test_code_that_cannot_be_collected(checkout: Checkout, said: dict, place: str, reason: str) -> None:
    checkout.write("aml/x.py", "")
    checkout.write("c.yml", component(outputs={}, command="true", **said))
    checkout.pipeline({"a": {"component": "./c.yml"}})
    assert f"c.yml:{place}: error: {reason}" in checkout.refused()


def test_step_cannot_change_its_code(checkout: Checkout) -> None:
    source = checkout.write("code/a.txt", "original")
    checkout.pipeline({"a": job("echo changed > a.txt && mkdir new", code="./code")})
    checkout.run()
    assert source.read_text() == "original" and not source.with_name("new").exists()


# Variables and interpreter


def test_environment_variables(checkout: Checkout) -> None:
    step = job("env > ${{outputs.out}}", "out", environment_variables={"OWN": "it's $HOME", "N": 5})
    step["inputs"] = {"rate": 0.5, "file": {"type": "uri_file", "path": "./pipeline.yml"}}
    checkout.pipeline({"a": step}, experiment_name="trials")
    done = checkout.run(AZUREML_RUN_ID="of the shell", MLFLOW_TRACKING_URI="x", PYTHONPATH="/x", TZ="UTC")
    found = dict(line.split("=", 1) for line in done.output("a").splitlines() if "=" in line)
    expected = {
        "OWN": "it's $HOME",
        "N": "5",
        "TZ": "UTC",
        "TYPER_STANDARD_TRACEBACK": "1",
        "MLFLOW_TRACKING_URI": f"sqlite:///{checkout.folder}/.local/mlflow.db",
        "MLFLOW_EXPERIMENT_NAME": "trials",
        "AZUREML_ARM_PROJECT_NAME": "trials",
        "AZUREML_PARAMETER_rate": "0.5",
        "AZUREML_PARAMETER_file": str(done.folder / "a/inputs/file/pipeline.yml"),
        "AZURE_ML_INPUT_file": str(done.folder / "a/inputs/file/pipeline.yml"),
        "AZURE_ML_OUTPUT_out": str(done.folder / "a/outputs/out"),
        "PWD": str(done.folder / "a/code"),
    }
    assert expected.items() <= found.items()
    assert found["MLFLOW_RUN_ID"] == found["AZUREML_RUN_ID"] != found["AZUREML_ROOT_RUN_ID"]
    assert {"AZUREML_ARM_SUBSCRIPTION", "AZUREML_ARM_RESOURCEGROUP", "MLFLOW_EXPERIMENT_ID"} <= set(found)
    assert "PYTHONPATH" not in found


def test_distributed_script_is_told_that_it_is_alone(checkout: Checkout) -> None:
    torch = job("echo $WORLD_SIZE $RANK $LOCAL_RANK $MASTER_ADDR > ${{outputs.out}}", "out")
    torch["distribution"] = {"type": "pytorch", "process_count_per_instance": 4}
    flow = job("echo $TF_CONFIG > ${{outputs.out}}", "out", distribution={"type": "tensorflow"})
    checkout.pipeline({"torch": torch, "flow": flow})
    done = checkout.run()
    assert done.output("torch") == "1 0 0 127.0.0.1"
    assert json.loads(done.output("flow"))["task"] == {"type": "worker", "index": 0}


def test_component_s_own_variables_are_ignored_as_azure_ml_does(checkout: Checkout) -> None:
    checkout.write(
        "c.yml", component(command="echo $A$B > ${{outputs.out}}", environment_variables={"A": "a"})
    )
    checkout.pipeline({"a": {"component": "./c.yml", "environment_variables": {"B": "b"}}})
    assert checkout.run().output("a") == "b"


def test_bindings_in_variables_and_limits(checkout: Checkout) -> None:
    variables = {"WORD": "<${{parent.inputs.word}}>", "OWN": "${{inputs.x}} ${{parent.inputs.word}}"}
    limits = {"timeout": "${{parent.inputs.seconds}}"}
    show = job('echo "$WORD $OWN" > ${{outputs.out}}', "out", environment_variables=variables)
    inputs = {"word": "a b", "seconds": 1}
    checkout.pipeline({"show": show, "slow": job("sleep 60", limits=limits)}, inputs=inputs)
    done = checkout.run(code=1)
    assert done.output("show") == "<a b> ${{inputs.x}} a b"
    assert "slow failed: stopped by its limits after 1 s" in done.out
    assert "warning: ${{inputs.x}} stays text here" in done.err


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"limits": {"timeout": "${{parent.inputs.word}}"}}, "must be a number above 0, not 'a'"),
        ({"environment_variables": {"D": "${{parent.inputs.data}}"}}, "${{parent.inputs.data}} is data"),
    ],
    ids=["limit", "variable"],
)
def test_binding_in_a_setting_that_cannot_be_meant(checkout: Checkout, settings: dict, reason: str) -> None:
    inputs = {"word": "a", "data": {"type": "uri_file", "path": "./pipeline.yml"}}
    checkout.pipeline({"a": job("true", **settings)}, inputs=inputs)
    assert reason in checkout.refused()


WHICH = (
    "python -c 'import os, sys; print(os.path.realpath(sys.executable))' > ${{outputs.out}};"
    " python3 --version >> ${{outputs.out}}"
)


def another_python() -> Path | None:
    folders = Path.home().glob(".pyenv/versions/3.*/bin/python")
    return next((each for each in sorted(folders) if each.resolve() != Path(sys.executable).resolve()), None)


def test_python_is_the_runner_s(checkout: Checkout) -> None:
    checkout.pipeline({"a": job(WHICH, "out")})
    assert checkout.run(PATH="/usr/bin:/bin").output("a").splitlines()[0] == os.path.realpath(sys.executable)


@pytest.mark.skipif(another_python() is None, reason="no other Python below ~/.pyenv")
def test_python_of_choice(checkout: Checkout) -> None:
    checkout.pipeline({"a": job(WHICH, "out")})
    found = checkout.run("--python", str(another_python())).output("a").splitlines()
    assert found[0] == os.path.realpath(another_python()) and found[1].split()[1] in found[0]


@pytest.mark.parametrize("path", ["/none/python", "/bin/false", "/etc/hosts"])
def test_python_that_does_not_work(checkout: Checkout, path: str) -> None:
    checkout.pipeline({"a": job("true")})
    assert f"{path} is not a working Python" in checkout.refused("--python", path)


def test_packages_are_held_against_the_pins(checkout: Checkout) -> None:
    pip = ["PyYAML==5.0", "no.such_package==1.0", "rich>=1", "yaml2==1"]
    conda = {"dependencies": ["python=3.2", "pip", {"pip": pip}]}
    checkout.write("env/conda.yml", conda)
    checkout.write("env/e.yml", {"name": "e", "version": "1", "image": "x", "conda_file": "conda.yml"})
    steps = [job("true", environment=each) for each in ("file:./env/e.yml", "azureml:e:1")]
    (checkout.folder / ".git").mkdir()
    checkout.pipeline({"a": steps[0], "b": steps[1]})
    out = checkout.run("--python", sys.executable).out
    (line,) = [each for each in out.splitlines() if each.startswith("not as in the env")]
    assert "python 3.2 (here 3." in line and "pyyaml 5.0 (here 6" in line
    assert "no-such-package 1.0 (not installed)" in line and "rich" not in line
    assert line.count("pyyaml") == 1


# The end of a step


def test_log_outputs_and_logs_are_kept(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("echo out; echo err >&2; echo x > outputs/x; echo y > logs/y")})
    done = checkout.run()
    assert done.log("a") == "out\nerr\n"
    artifacts = next((checkout.folder / ".local/mlartifacts").glob("*/*/artifacts/user_logs")).parent
    files = {"user_logs/std_log.txt": "out\nerr\n", "outputs/x": "x\n", "logs/y": "y\n"}
    assert {name: (artifacts / name).read_text() for name in files} == files


@pytest.mark.parametrize(
    ("command", "limits", "problem"),
    [
        ("exit 3", {}, "exit code 3"),
        ("false; true", {}, None),
        ("kill -9 $$", {}, "ended by signal 9"),
        ("sleep 60", {"timeout": 1}, "stopped by its limits after 1 s"),
        ("(setsid sleep 61 &); sleep 60", {"timeout": "1"}, "stopped by its limits after 1 s"),
        ("cat", {}, None),
        ("no_such_command_here", {}, "exit code 127"),
        ("echo 'a\0b'", {}, "the command cannot be started: embedded null byte"),
        ("rm -rf ../outputs ../logs ../code", {}, None),
    ],
)
def test_how_a_step_ends(checkout: Checkout, command: str, limits: dict, problem: str | None) -> None:
    checkout.pipeline({"a": job(command, limits=limits)})
    done = checkout.run(code=1 if problem else 0)
    assert not problem or f"a failed: {problem}" in done.out


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
def test_background_process_may_end_by_itself(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("(sleep 0.1; echo late) & echo hello")})
    assert checkout.run().log("a") == "hello\nlate\n"


def test_nothing_outlives_its_step(checkout: Checkout) -> None:
    command = "(sleep 77 & setsid sleep 77 & setsid nohup sh -c 'sleep 77' &) > /dev/null; sleep 0.2"
    checkout.pipeline({"a": job(command, environment_variables={"STEP_OF": str(checkout.folder)})})
    checkout.run()
    assert not processes_with(f"STEP_OF={checkout.folder}")


def processes_with(text: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


# Side by side, and after a failure


def test_independent_steps_run_side_by_side(checkout: Checkout) -> None:
    meet = f"touch {checkout.folder}/$ME; until test -e {checkout.folder}/$OTHER; do sleep 0.02; done"
    left = job(meet, environment_variables={"ME": "a", "OTHER": "b"}, limits={"timeout": 30})
    right = job(meet, environment_variables={"ME": "b", "OTHER": "a"}, limits={"timeout": 30})
    checkout.pipeline({"a": left, "b": right})
    assert os.cpu_count() == 1 or checkout.run().steps == {"a": "Completed", "b": "Completed"}


def failing(checkout: Checkout) -> None:
    """Write a pipeline in which ``bad`` fails while ``slow`` runs; others take what it leaves, or not."""
    source = "${{parent.jobs.bad.outputs.out}}"
    fail = f"until test -e {checkout.folder}/started; do sleep 0.02; done; echo oh no; exit 1"
    checkout.write(
        "optional.yml",
        component(
            inputs={"x": {"type": "uri_file", "optional": True}},
            command="echo ran $[[with ${{inputs.x}}]] > ${{outputs.out}}",
        ),
    )
    checkout.pipeline(
        {
            "bad": job(fail, "out"),
            "slow": job(f"touch {checkout.folder}/started; sleep $SECONDS_LEFT", "out")
            | {"command": f"touch {checkout.folder}/started; sleep 1; echo done > ${{{{outputs.out}}}}"},
            "after_slow": job("true", inputs={"x": "${{parent.jobs.slow.outputs.out}}"}),
            "after_bad": job("true", inputs={"x": source}),
            "after_that": {"component": "./optional.yml", "inputs": {"x": source}},
        }
    )


def test_failure_leaves_independent_steps_alone(checkout: Checkout) -> None:
    failing(checkout)
    done = checkout.run(code=1)
    assert done.steps == {
        "bad": "Failed",
        "slow": "Completed",
        "after_slow": "Completed",
        "after_bad": "Not started",
        "after_that": "Completed",
    }
    assert done.output("after_that") == "ran"
    assert "not run: after_bad\n" in done.out


def test_failure_cancels_the_rest_where_the_settings_say_so(checkout: Checkout) -> None:
    failing(checkout)
    done = checkout.run("--set", "settings.continue_on_step_failure=false", code=1)
    others = {"slow": "Canceled", "after_slow": "Not started", "after_bad": "Not started"}
    assert done.steps == {"bad": "Failed", **others, "after_that": "Not started"}
