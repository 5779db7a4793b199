"""What a run says at its end: the verdict, the reason of a failure, what changed; and ``run.json``."""

import json
import re

import pytest
from checkout import LOG_METRIC, Checkout, job

SCRIPT = """import sys
def load(what):
    if what == "package":
        import package_that_nothing_brings.inside
    if what == "chained":
        try:
            {}["first"]
        except KeyError:
            raise ValueError("the second")
    return open(what).read()
load(sys.argv[1])
"""


def script_step(what: str, **more: object) -> dict:
    """Return a step that runs SCRIPT and logs noise after it has failed."""
    command = f"python read.py {what} || {{ echo noise; exit 1; }}"
    return job(command, code="./src", **more)


@pytest.mark.parametrize(
    ("what", "reason", "lines", "hint"),
    [
        (
            "package",
            "ModuleNotFoundError: No module named 'package_that_nothing_brings'",
            ["src/read.py:11", "src/read.py:4", "  import package_that_nothing_brings.inside"],
            "add the package that brings 'package_that_nothing_brings' to conda.yml",
        ),
        ("chained", "ValueError: the second", ["src/read.py:11", "src/read.py:9"], ""),
        (
            "${{inputs.table}}/none.csv",
            "FileNotFoundError: [Errno 2] No such file or directory: 'data/none.csv'",
            ["src/read.py:10", "  return open(what).read()"],
            "",
        ),
    ],
)
def test_failure_is_told_in_the_user_s_own_files(checkout: Checkout, what, reason, lines, hint):
    checkout.write("src/read.py", SCRIPT)
    checkout.write("conda.yml", "dependencies: [python]\n")
    checkout.write("data/rows.csv", "1\n")
    table = {"table": {"type": "uri_folder", "path": "./data"}}
    environment = {"image": "python:3", "conda_file": "./conda.yml"}
    checkout.pipeline({"read": script_step(what, inputs=table, environment=environment)})
    said = checkout.run(code=1).out
    assert f"\nread failed: {reason} (exit code 1)\n" in said
    for line in lines:
        assert f"  | {line}\n" in said
    assert "| noise" not in said
    assert (f"  hint       {hint}\n" in said) if hint else ("  hint" not in said)


@pytest.mark.parametrize(
    ("command", "limits", "hint"),
    [
        ("kill -9 $$", {}, "for lack of memory"),
        ("sleep 60", {"timeout": 1}, "raise the timeout in its limits"),
    ],
    ids=["killed", "timed out"],
)
def test_hints_for_what_the_log_does_not_say(checkout: Checkout, command, limits, hint):
    checkout.pipeline({"a": job(command, limits=limits)})
    assert hint in checkout.run(code=1).out


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("python run.py", "run.py is not uploaded: src/.amlignore:2 leaves it out ('run*')"),
        (
            "python -c 'import runner.inner'",
            "runner.py is not uploaded: src/.amlignore:2 leaves it out ('run*')",
        ),
        (
            "python -c 'open(\"conf/a.yml\")'",
            "conf/a.yml is not uploaded: src/.amlignore:3 leaves it out ('conf/')",
        ),
        ("python -c 'open(\"conf/b.yml\")'", ""),
    ],
)
def test_file_that_an_ignore_file_kept_out(checkout: Checkout, command, hint):
    for name in ("run.py", "runner.py", "conf/a.yml", "kept.py"):
        checkout.write(f"src/{name}", "")
    checkout.write("src/.amlignore", "# what stays here\nrun*\nconf/\n")
    checkout.pipeline({"a": job(command, code="./src")})
    said = checkout.run(code=1).out
    assert (f"  hint       {hint}\n" in said) if hint else ("  hint" not in said)


def test_output_left_empty_is_told_where_it_was_left(checkout: Checkout):
    write = job("echo ${{outputs.out}}")
    write["outputs"] = {"out": {"type": "uri_folder"}}
    read = job("cat ${{inputs.x}}/rows", inputs={"x": "${{parent.jobs.write.outputs.out}}"})
    checkout.pipeline({"write": write, "read": read})
    said = checkout.run(code=1).out
    assert re.search(r"^write  Completed  [\d.]+ s  left empty: out$", said, re.MULTILINE)
    assert "  hint       its input 'x' is empty: write wrote nothing to 'out'\n" in said


def test_headline_and_its_change_since_the_last_run(checkout: Checkout):
    checkout.write("pyproject.toml", '[tool.azml]\nheadline-metric = "score"\n')
    step = job(f"{LOG_METRIC} score ${{{{inputs.x}}}}; {LOG_METRIC} other 7", inputs={"x": 0.5})
    checkout.pipeline({"a": step})
    assert "s · score 0.5\n  a          score 0.5  other 7\n" in checkout.run().out
    done = checkout.run("--set", "jobs.a.inputs.x=0.75")
    assert "s · score 0.75 (+0.25 since the last run)\n" in done.out
    assert "  set        jobs.a.inputs.x=0.75\n" in done.out
    assert " · score 0.75 (as in the last run)\n" in checkout.run("--set", "jobs.a.inputs.x=0.75").out
    record = json.loads((done.folder / "run.json").read_text(encoding="utf-8"))
    assert record["headline"] == {"metric": "score", "value": 0.75, "before": 0.5}
    assert record["metrics"] == {"a": {"other": 7.0, "score": 0.75}}
    assert record["overrides"] == ["jobs.a.inputs.x=0.75"]


def test_of_many_metrics_the_headline_and_no_details_are_shown(checkout: Checkout):
    checkout.write("pyproject.toml", '[tool.azml]\nheadline-metric = "score"\n')
    names = [f"m{number}" for number in range(5)]
    names += ["score", *(f"{name}_low" for name in names), *(f"group/{name}" for name in names)]
    checkout.pipeline({"a": job(f"for name in {' '.join(names)}; do {LOG_METRIC} $name 1; done")})
    said = checkout.run().out
    assert "  a          score 1  m0 1  m1 1  m2 1  m3 1  m4 1  and 10 more in MLflow\n" in said


def test_damaged_record_of_an_earlier_run_is_passed_over(checkout: Checkout):
    checkout.write("pyproject.toml", '[tool.azml]\nheadline-metric = "score"\n')
    checkout.pipeline({"a": job(f"{LOG_METRIC} score 1")})
    for text in ("{", "[]", '{"spec": 1}', '{"spec": "pipeline.yml", "status": "FINISHED", "metrics": [1]}'):
        checkout.write(f".local/runs/20200101-00000{len(text) % 10}-pipeline/run.json", text)
    assert "since the last run" not in checkout.run().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("src/tool.py", "print(2)"), "changed: code tool.py"),
        (("data.txt", "two"), "changed: input data"),
        (("pipeline.yml", ("rate: 1", "rate: 2")), "changed: input rate"),
        (("pipeline.yml", ("python:3", "python:4")), "changed: environment"),
        (("pipeline.yml", ("echo", "echo again")), "changed: setting command"),
    ],
)
def test_why_a_step_was_not_reused(checkout: Checkout, change, said):
    checkout.write("src/tool.py", "print(1)")
    checkout.write("data.txt", "one")
    step = job("echo ${{inputs.rate}} && cat ${{inputs.data}} && python tool.py", code="./src")
    step["inputs"] = {"rate": 1, "data": {"type": "uri_file", "path": "./data.txt"}}
    checkout.pipeline({"a": step})
    assert "changed" not in checkout.run().out
    again = checkout.run().out
    assert "   reused from " in checkout.plan() and "\n1 of 1 step would be reused\n" in checkout.plan()
    assert "a  Reused" in again and "  reused     all steps\n" in again
    name, edit = change
    path = checkout.folder / name
    text = edit if isinstance(edit, str) else path.read_text(encoding="utf-8").replace(*edit)
    checkout.write(name, text)
    assert f"   runs; {said}\n" in checkout.plan()
    assert said in checkout.run().out
