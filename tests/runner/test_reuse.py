"""Reuse: a step with the same of everything is not run again, one with anything else is."""

import json
import os
import re
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import LOG_METRIC, Checkout, job

STEPS = {
    "type": "command",
    "version": "1",
    "inputs": {"data": {"type": "uri_folder"}, "rate": {"type": "number"}},
    "outputs": {"out": {"type": "uri_file"}},
    "code": "./code",
    "environment": "file:env/e.yml",
    "command": f"cat run.sh {'${{inputs.data}}'}/x > ${{{{outputs.out}}}} && {LOG_METRIC} score 0.5",
}


def write(checkout: Checkout, **more: object) -> None:
    checkout.write("c.yml", STEPS | more)
    checkout.write("code/run.sh", "echo\n")
    checkout.write("data/x", "1")
    checkout.write("env/e.yml", {"name": "e", "version": "1", "image": "i", "conda_file": "conda.yml"})
    checkout.write("env/conda.yml", {"dependencies": ["python>=3"]})
    step = {"component": "./c.yml", "inputs": {"data": "${{parent.inputs.data}}", "rate": 1}}
    after = job("cat ${{inputs.x}} > ${{outputs.out}}", "out", inputs={"x": "${{parent.jobs.a.outputs.out}}"})
    checkout.pipeline({"a": step, "b": after}, inputs={"data": {"type": "uri_folder", "path": "./data"}})


@pytest.fixture(scope="module")
def once(new_checkout: Callable[..., Checkout], tmp_path_factory: pytest.TempPathFactory) -> tuple:
    """Return a checkout in which the pipeline has run, and a copy of it."""
    checkout = new_checkout()
    write(checkout)
    checkout.run()
    kept = tmp_path_factory.mktemp("kept") / "copy"
    shutil.copytree(checkout.folder, kept, symlinks=True)
    return checkout, kept


@pytest.fixture
def used(once: tuple[Checkout, Path]) -> Checkout:
    """Return a checkout in which the pipeline has run, as it was right after."""
    checkout, kept = once
    shutil.rmtree(checkout.folder)
    shutil.copytree(kept, checkout.folder, symlinks=True)
    return checkout


def edit(name: str, old: str, new: str) -> Callable[[Checkout], None]:
    def change(checkout: Checkout) -> None:
        path = checkout.folder / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    return change


def forget(checkout: Checkout) -> None:
    """Delete the MLflow runs, as its UI does."""
    with sqlite3.connect(checkout.folder / ".local/mlflow.db") as store:
        store.execute("UPDATE runs SET lifecycle_stage = 'deleted'")


def first_run(checkout: Checkout) -> Path:
    return min(path for path in (checkout.folder / ".local/runs").iterdir())


def tamper(checkout: Checkout) -> None:
    path = first_run(checkout) / "a/outputs/out"
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    path.write_text("other")


def touch(checkout: Checkout) -> None:
    for name in ("code/run.sh", "data/x", "c.yml"):
        os.utime(checkout.folder / name, (1, 1))


def damage(**fields: object) -> Callable[[Checkout], None]:
    """Return a function that changes fields of every record."""

    def change(checkout: Checkout) -> None:
        for record in (checkout.folder / ".local/reuse").glob("*.json"):
            record.write_text(json.dumps(json.loads(record.read_text()) | fields))

    return change


def lose_an_output(checkout: Checkout) -> None:
    """Delete an output, and the record that there was one."""
    damage(outputs={})(checkout)
    shutil.rmtree(first_run(checkout) / "a/outputs")


def move_runs(checkout: Checkout) -> None:
    """Move the runs, as if the records were those of another checkout."""
    shutil.move(first_run(checkout), checkout.folder / "elsewhere")
    damage(folder=str(checkout.folder / "elsewhere/a"))(checkout)


def link_output(checkout: Checkout) -> None:
    out = first_run(checkout) / "a/outputs/out"
    shutil.copy(out, checkout.folder / "copy")
    out.unlink()
    out.symlink_to(checkout.folder / "copy")


BOTH, NONE, FIRST = ["Reused"] * 2, ["Completed"] * 2, ["Completed", "Reused"]


@pytest.mark.parametrize(
    ("change", "arguments", "expected"),
    [
        (lambda checkout: None, [], BOTH),
        (touch, [], BOTH),
        (edit("pipeline.yml", "jobs:", "description: other words\njobs:"), [], BOTH),
        (lambda checkout: None, ["--set", "jobs.a.compute=azureml:x", "jobs.a.display_name=y"], BOTH),
        (edit("code/run.sh", "echo", "true"), [], NONE),
        (lambda checkout: checkout.write("code/new.py", "") and None, [], FIRST),
        (edit("c.yml", "score 0.5", "score 0.6"), [], FIRST),
        (edit("c.yml", "outputs:", "outputs:\n  more: {type: uri_folder}"), [], FIRST),
        (edit("env/conda.yml", ">=3", ">=2"), [], FIRST),
        (edit("env/e.yml", "image: i", "image: j"), [], FIRST),
        (edit("pipeline.yml", "rate: 1", "rate: 1.5"), [], FIRST),
        (edit("data/x", "1", "2"), [], NONE),
        (lambda checkout: checkout.write("data/y", "") and None, [], FIRST),
        (lambda checkout: None, ["--set", "jobs.a.environment_variables.X=1"], FIRST),
        (lambda checkout: None, ["--set", "jobs.a.limits.timeout=99"], FIRST),
        (lambda checkout: None, ["--force-rerun"], NONE),
        (lambda checkout: None, ["--set", "settings.force_rerun=true"], NONE),
        (edit("c.yml", "version:", "is_deterministic: false\nversion:"), [], FIRST),
        (tamper, [], FIRST),
        (forget, [], NONE),
        (lambda checkout: shutil.rmtree(first_run(checkout)), [], NONE),
        (lambda checkout: shutil.rmtree(checkout.folder / ".local/reuse"), [], NONE),
        (lose_an_output, [], NONE),
        (damage(outputs=5), [], NONE),
        (damage(run=["x"]), [], NONE),
        (move_runs, [], NONE),
        (link_output, [], FIRST),
    ],
    ids=[
        "nothing", "touched", "description", "compute and title", "code", "new code file", "command",
        "outputs", "conda file", "image", "literal", "data", "new data file", "variable", "timeout",
        "--force-rerun", "settings.force_rerun", "is_deterministic: false", "changed output",
        "deleted MLflow run", "deleted run folder", "deleted records", "deleted output",
        "no outputs in records", "no run in records", "runs elsewhere", "output replaced by a link",
    ],
)  # fmt: skip
def test_change(used: Checkout, change: Callable, arguments: list[str], expected: list[str]) -> None:
    change(used)
    steps = used.run(*arguments).steps
    assert [steps["a"], steps["b"]] == expected


def test_change_of_the_same_size_and_time(checkout: Checkout) -> None:
    write(checkout)
    path = checkout.folder / "data/x"
    checkout.run()
    times = path.stat()
    path.write_text("2")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert checkout.run().steps == {"a": "Completed", "b": "Completed"}


def test_another_interpreter(used: Checkout) -> None:
    shim = used.write("python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    shim.chmod(0o755)
    assert used.run("--python", str(shim)).steps == {"a": "Completed", "b": "Completed"}


def test_reused_step_shows_what_the_earlier_run_left(used: Checkout) -> None:
    first = first_run(used)
    done = used.run()
    assert done.output("a") == "echo\n1" and (done.folder / "a").resolve() == first / "a"
    assert re.search(rf"a  Reused  \d+\.\d s  from {first.name}", done.out)
    assert used.run().steps == {"a": "Reused", "b": "Reused"}


def test_zipped_and_linked_code_counts(checkout: Checkout) -> None:
    write(checkout, additional_includes=["./pack.zip"])
    checkout.write("pack/p.py", "1")
    checkout.write("far/f.py", "1")
    (checkout.folder / "code/link").symlink_to("../far")
    checkout.run()
    assert checkout.run().steps["a"] == "Reused"
    for name in ("pack/p.py", "far/f.py"):
        checkout.write(name, "2")
        assert checkout.run().steps["a"] == "Completed"


def test_code_that_changes_while_the_step_runs_is_no_source(checkout: Checkout) -> None:
    write(checkout)
    edit("c.yml", "cat run.sh", f"echo new >> {checkout.folder}/code/run.sh; cat run.sh")(checkout)
    checkout.run()
    edit("code/run.sh", "echo\nnew\n", "echo\n")(checkout)
    assert checkout.run().steps["a"] == "Completed"


def test_data_that_vanishes_while_the_step_runs_is_no_failure(checkout: Checkout) -> None:
    data = {"type": "uri_folder", "path": "./data"}
    checkout.write("data/x", "1")
    checkout.pipeline(
        {"a": job(f"cat ${{{{inputs.x}}}}/x && rm {checkout.folder}/data/x", inputs={"x": data})}
    )
    assert checkout.run().steps == {"a": "Completed"}


def test_step_without_outputs_needs_its_run_folder(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("true")})
    checkout.run()
    assert checkout.run().steps == {"a": "Reused"}
    shutil.rmtree(first_run(checkout))
    assert checkout.run().steps == {"a": "Completed"}


def test_forced_run_is_no_source(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("true")})
    checkout.run("--force-rerun")
    assert checkout.run().steps == {"a": "Completed"}


@pytest.mark.parametrize("word", ["yes", "1", "On"])
def test_force_rerun_in_azure_ml_s_words(used: Checkout, word: str) -> None:
    assert used.run("--set", f"settings.force_rerun={word}").steps == {"a": "Completed", "b": "Completed"}


def test_job_by_itself_is_never_reused(checkout: Checkout) -> None:
    checkout.write("job.yml", job("true"))
    checkout.run("job.yml")
    assert checkout.run("job.yml").steps == {"job": "Completed"}


def test_failed_step_is_no_source(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("exit 1")})
    assert checkout.run(code=1).steps == checkout.run(code=1).steps == {"a": "Failed"}


@pytest.mark.parametrize("text", ["{", "[]", '{"folder": 5, "run": 1, "outputs": 2}'])
def test_damaged_record_and_hashes_only_cost_time(used: Checkout, text: str) -> None:
    for record in (used.folder / ".local/reuse").glob("*.json"):
        record.write_text(text)
    used.write(".local/hashes.db", "no database")
    assert used.run().steps == {"a": "Completed", "b": "Completed"}
    assert used.run().steps == {"a": "Reused", "b": "Reused"}


def test_unchanged_data_is_not_read_again(used: Checkout) -> None:
    """The remembered hash is changed: whoever reads the data instead of it does not notice."""
    used.run()
    with sqlite3.connect(used.folder / ".local/hashes.db") as store:
        path = str((used.folder / "data").resolve())
        assert store.execute("UPDATE hashes SET hash = 'other' WHERE path = ?", (path,)).rowcount == 1
    assert used.run().steps == {"a": "Completed", "b": "Reused"}
