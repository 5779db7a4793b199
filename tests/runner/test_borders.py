"""What a step, a spec or a shell cannot reach: the user's files through links, other folders, variables."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkout import LOG_METRIC, Checkout, job

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")


def state(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the mode and content of everything in a folder."""
    paths = [folder, *folder.rglob("*")]
    return {
        str(path): (path.stat().st_mode, path.read_text() if path.is_file() else "") for path in sorted(paths)
    }


# Links

FOLDER = {"out": {"type": "uri_folder"}}
# What a step does with the folder $MINE, which is not its own, and how the step must end.
LINKS = {
    "output_is_link": (FOLDER, "rmdir $OUT && ln -s $MINE $OUT", "Failed"),
    "output_is_link_to_file": ({"out": {"type": "uri_file"}}, "ln -s $MINE/file $OUT", "Failed"),
    "link_in_output": (FOLDER, "mkdir $OUT/deep && ln -s $MINE $OUT/deep/link", "Failed"),
    "link_to_file_in_output": (FOLDER, "ln -s $MINE/file $OUT/link", "Failed"),
    "hard_link_in_output": (FOLDER, "ln $MINE/file $OUT/file", "Completed"),
    "link_inside_output": (FOLDER, "echo 1 > $OUT/a && ln -s a $OUT/b && ln -s . $OUT/c", "Completed"),
    "output_is_a_pipe": ({"out": {"type": "uri_file"}}, "mkfifo $OUT", "Failed"),
    "artifacts_are_link": ({}, "rm -r outputs && ln -s $MINE outputs", "Completed"),
    "link_in_artifacts": ({}, "ln -s $MINE outputs/link && ln -s $MINE/file outputs/f", "Completed"),
    "inputs_are_link": ({}, "rm -rf ../inputs && ln -s $MINE ../inputs", "Failed"),
    "logs_are_link": ({}, "rm -r ../logs && ln -s $MINE ../logs", "Completed"),
}


@needs_links
def test_nothing_is_changed_or_taken_through_a_link(checkout: Checkout, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "below").mkdir(parents=True)
    (mine / "file").write_text("precious")
    (mine / "below/file").write_text("precious")
    before = state(mine)
    given = {"x": {"type": "uri_file", "path": "./pipeline.yml"}}
    steps = {}
    for name, (outputs, command, _) in LINKS.items():
        out = "export OUT=${{outputs.out}};" if outputs else ""
        variables = {"MINE": str(mine)}
        steps[name] = job(f"{out} {command}", inputs=given, environment_variables=variables)
        steps[name]["outputs"] = outputs
    checkout.pipeline(steps)
    done = checkout.run(code=1)
    assert done.steps == {name: status for name, (_, _, status) in LINKS.items()}
    assert state(mine) == before
    assert "holds a link that leads out of it" in done.out and "neither a file nor a folder" in done.out
    kept = (checkout.folder / ".local/mlartifacts").rglob("*")
    assert not [path for path in kept if path.is_file() and path.read_text() == "precious"]


# The shell's variables


def test_variables_of_the_shell_stay_there(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("env > ${{outputs.out}}; test -z $FAIL", "out")})
    shell = {"MY_SECRET": "1", "AZUREML_RUN_ID": "1", "PYTHONPATH": "/x", "LC_ALL": "C", "no_proxy": "here"}
    lines = checkout.run(**shell).output("a").splitlines()
    names = {line.partition("=")[0] for line in lines}
    assert {"PATH", "HOME", "LC_ALL", "no_proxy"} <= names and not {"MY_SECRET", "PYTHONPATH"} & names
    assert checkout.run(**shell | {"MY_SECRET": "2"}).steps == {"a": "Reused"}
    assert "MY_SECRET" not in checkout.run("--plan", **shell).out


def test_variables_that_the_repository_passes(checkout: Checkout) -> None:
    checkout.write("pyproject.toml", '[tool.azml]\npass-env = ["WORD", "OTHER_*"]\n')
    command = 'echo "$WORD$OTHER_ONE$MORE" | tee ${{outputs.out}}; exit ${CODE:-0}'
    checkout.pipeline({"a": job(command, "out")})
    shell = {"WORD": "a", "OTHER_ONE": "b", "MORE": "c", "CODE": "1"}
    names = checkout.run("--plan", **shell).out.splitlines()[-1].partition(": ")[2].split(", ")
    assert {"OTHER_ONE", "WORD"} <= set(names) and not {"MORE", "CODE"} & set(names)
    assert checkout.run(**shell).output("a") == "ab"
    assert checkout.run(**shell).steps == {"a": "Reused"}
    assert checkout.run(**shell | {"WORD": "x"}).output("a") == "xb"
    failed = checkout.run("--set", "jobs.a.environment_variables.CODE=3", code=1, **shell)
    again = next(line.split(None, 1)[1] for line in failed.out.splitlines() if line.startswith("  again"))
    variables = {**os.environ, **shell}
    said = subprocess.run(
        again, shell=True, cwd=checkout.folder, env=variables, capture_output=True, text=True
    )
    assert (said.returncode, said.stdout) == (3, "ab\n")


@pytest.mark.parametrize("value", ['"WORD"', "[1]", '["A;B"]', '["A", "$(B)"]'])
def test_wrong_names_of_variables_are_refused(checkout: Checkout, value: str) -> None:
    checkout.write("pyproject.toml", f"[tool.azml]\npass-env = {value}\n")
    checkout.pipeline({"a": job("true")})
    assert "pass-env" in checkout.refused()


# Names


@pytest.mark.parametrize("name", ["a.b", "run.json", "mlflow-server.log", "..", "../a", "a/b", "", "-a"])
def test_step_whose_folder_would_be_another_one(checkout: Checkout, name: str) -> None:
    checkout.pipeline({name: job("true")})
    assert "is not a valid name" in checkout.refused()


def test_names_that_mean_other_folders(checkout: Checkout) -> None:
    (checkout.folder / "alias").symlink_to(".local")
    command = "(basename ${{inputs.x}}; find -L ${{inputs.x}} -name mlflow.db) > ${{outputs.out}}"
    step = job(command, "out", inputs={"x": {"type": "uri_folder", "path": ".."}}, name="..")
    checkout.write("deep/job.yml", step)
    done = checkout.run("deep/job.yml")
    assert done.steps == {"__": "Completed"} and done.output("__") == checkout.folder.name
    include = job("ls > ${{outputs.out}}", "out", code=".", additional_includes=[".."])
    checkout.write("deep/job.yml", include)
    assert checkout.folder.name in checkout.run("deep/job.yml").output("job").split()


@pytest.mark.parametrize("path", ["./.local", "./alias", ".local/../.local"])
def test_the_runner_s_own_folder_is_not_data(checkout: Checkout, path: str) -> None:
    (checkout.folder / "alias").symlink_to(".local")
    checkout.pipeline({"a": job("true", inputs={"x": {"type": "uri_folder", "path": path}})})
    assert "is where the runner works" in checkout.refused()


# Inputs that steps share


def test_input_that_a_trial_changes_is_whole_for_the_next(checkout: Checkout) -> None:
    checkout.write("data/x", "as it was")
    spoil = "test ${{inputs.n}} = 1 || (chmod u+w ${{inputs.x}}/x; echo spoiled > ${{inputs.x}}/x)"
    trial = {
        "type": "command",
        "inputs": {"x": {"type": "uri_folder"}, "n": {"type": "integer"}},
        "outputs": {"out": {"type": "uri_file"}},
        "command": f"{spoil}; cp ${{{{inputs.x}}}}/x ${{{{outputs.out}}}}; {LOG_METRIC} loss 1",
    }
    checkout.write("trial.yml", trial)
    tune = {
        "type": "sweep",
        "trial": "./trial.yml",
        "inputs": {"x": {"type": "uri_folder", "path": "./data"}},
        "search_space": {"n": {"type": "choice", "values": [0, 1]}},
        "sampling_algorithm": "grid",
        "objective": {"goal": "minimize", "primary_metric": "loss"},
        "limits": {"max_total_trials": 2, "max_concurrent_trials": 1},
    }
    checkout.pipeline({"tune": tune})
    done = checkout.run()
    assert "best trial 1" in done.out and done.output("tune") == "as it was"
    assert (checkout.folder / "data/x").read_text() == "as it was"
    assert not (done.folder / ".inputs").exists()


def test_steps_share_one_copy_of_an_input(checkout: Checkout) -> None:
    """Or have clones of it, where the file system makes them: the inodes differ then."""
    checkout.write("data/x", "1")
    given = {"x": {"type": "uri_folder", "path": "./data"}}
    meet = "touch $HERE/$ME; until test -e $HERE/$OTHER; do sleep 0.02; done"
    show = f"ls -i ${{{{inputs.x}}}}/x | cut -d' ' -f1 > ${{{{outputs.out}}}}; {meet}"
    steps = {}
    for me, other in ("ab", "ba"):
        variables = {"ME": me, "OTHER": other, "HERE": str(checkout.folder)}
        steps[me] = job(show, "out", inputs=given, environment_variables=variables)
    checkout.pipeline(steps)
    done = checkout.run()
    inodes = {done.output("a"), done.output("b")}
    original = str((checkout.folder / "data/x").stat().st_ino)
    clones = subprocess.run(
        ["cp", "--reflink=always", "data/x", "clone"], cwd=checkout.folder, capture_output=True
    )
    assert original not in inodes and len(inodes) == (1 if clones.returncode else 2)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """Return a file on a file system that is mounted read-only."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("nothing can be mounted here (not root)")
    (disk / "big.csv").write_text("1")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    yield disk / "big.csv"
    subprocess.run(["umount", "-l", disk], check=True)


def test_file_that_nobody_can_write_is_not_copied(checkout: Checkout, read_only: Path) -> None:
    command = "readlink ${{inputs.x}} > ${{outputs.out}}; cat ${{inputs.x}} >> ${{outputs.out}}"
    command += "; (echo more >> ${{inputs.x}}) || true"
    step = job(command, "out", inputs={"x": {"type": "uri_file", "path": str(read_only)}})
    checkout.pipeline({"a": step})
    assert checkout.run().output("a") == f"{read_only}\n1"
