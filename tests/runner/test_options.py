"""The command itself: --set, --plan, --force-rerun, and what it says when a step fails."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from azml.cli import main
from checkout import RUN_LOCAL, Checkout, job

SHOW = "echo ${{inputs.x}} > ${{outputs.out}}"


def pipeline(checkout: Checkout) -> None:
    checkout.write("data/one.csv", "1")
    checkout.pipeline(
        {
            "a": job(SHOW, "out", inputs={"x": "${{parent.inputs.rate}}"}, limits={"timeout": 60}),
            "b": job(SHOW, "out", inputs={"x": "text"}),
            "read": job("cat ${{inputs.x}}", inputs={"x": "${{parent.inputs.data}}"}),
        },
        inputs={"rate": 0.5, "data": {"type": "uri_file", "path": "./data/one.csv"}},
        settings={"default_compute": "azureml:cpu"},
        tags={"owner": None},
    )


def test_set_changes_any_value(checkout: Checkout) -> None:
    pipeline(checkout)
    checkout.write("data/two.csv", "2")
    values = [
        "inputs.rate=1e-5",
        "jobs.b.inputs.x=a=b [c]",
        "inputs.data.path=./data/two.csv",
        "settings.force_rerun=true",
        "tags.team.name=x",
        "jobs.a.limits.timeout=50",
        "experiment_name=other",
    ]
    done = checkout.run("--set", *values[:3], "--set", *values[3:])
    assert (done.output("a"), done.output("b")) == ("1e-5", "a=b [c]")
    assert done.log("read") == "2"


def test_set_reaches_into_lists(checkout: Checkout) -> None:
    space = {"x": {"type": "choice", "values": [1, 2]}}
    sweep = {"type": "sweep", "trial": {"command": "echo x=${{search_space.x}}"}, "search_space": space}
    objective = {"goal": "minimize", "primary_metric": "m"}
    sweep |= {"objective": objective, "sampling_algorithm": "grid", "limits": {"max_total_trials": 4}}
    checkout.write("pipeline.yml", sweep)
    done = checkout.run("--set", "search_space.x.values[1]=9", code=1)
    assert [done.log(f"pipeline/trials/{number}") for number in (0, 1)] == ["x=1\n", "x=9\n"]
    assert (
        "values[2]: the list has no item 2" in checkout.run("--set", "search_space.x.values[2]=9", code=2).err
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input.rate=1", "--set input.rate: there is no 'input' here; did you mean 'inputs'?"),
        ("inputs.rat=1", "there is no 'rat' here; did you mean 'rate'?"),
        ("inputs.data.pth=x", "there is no 'pth' here; did you mean 'path'?"),
        ("inputs.rate.value=1", "nothing can be set below rate"),
        ("jobs.c.limits.timeout=1", "there is no 'c' here"),
        ("jobs.a.input.x=1", "there is no 'input' here; did you mean 'inputs'?"),
        ("jobs.a.limits.timeot=1", "there is no 'timeot' here; did you mean 'timeout'?"),
        ("settings.force_rerum=true", "did you mean 'force_rerun'?"),
        ("inputs.data=./data/one.csv", "'x' takes a uri_file"),
        ("inputs.rate", "KEY=VALUE was expected"),
        ("=1", "KEY=VALUE was expected"),
        ("[]=1", "KEY=VALUE was expected"),
        ("jobs.a.environment_variables.=1", "KEY=VALUE was expected"),
        ("inputs..rate=1", "KEY=VALUE was expected"),
        ("inputs.data.path=./none.csv", "the data ./none.csv does not exist"),
    ],
)
def test_set_that_cannot_be_meant(checkout: Checkout, text: str, said: str) -> None:
    pipeline(checkout)
    if "takes" in said:  # a string where data was: with a component that declares it
        checkout.write("c.yml", {"type": "command", "command": "true", "inputs": {"x": {"type": "uri_file"}}})
        checkout.pipeline(
            {"a": {"component": "./c.yml", "inputs": {"x": "${{parent.inputs.data}}"}}},
            inputs={"data": {"type": "uri_file", "path": "./data/one.csv"}},
        )
        said = "takes data (uri_file), not the literal './data/one.csv'"
    assert said in checkout.refused("--set", text)


def test_plan_prints_and_does_nothing(checkout: Checkout) -> None:
    pipeline(checkout)
    shutil.rmtree(checkout.folder / ".local")
    before = sorted(checkout.folder.rglob("*"))
    out = checkout.run("--plan", "--set", "inputs.rate=7").out
    assert "1. a (command, pipeline.yml:12:3)\n   runs: it has not run before\n   x = 7\n" in out
    assert "   x = 7\n   $ echo 7 > .local/runs/RUN/a/outputs/out\n" in out
    assert "   x = data/one.csv\n   $ cat data/one.csv\n" in out
    assert sorted(checkout.folder.rglob("*")) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_plan_that_cannot_be_printed_is_no_failed_run(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("true")})
    command = [sys.executable, str(RUN_LOCAL), "--no-validate", "--plan"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=checkout.folder, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and "No space left" in done.stderr


def test_plan_says_what_is_uploaded_as_code(checkout: Checkout) -> None:
    for name, text in {"a.py": "", "b.py": "x" * 2000, "data/one.csv": "x" * 3000, "n.ipynb": ""}.items():
        checkout.write(f"src/{name}", text)
    checkout.write("src/.gitignore", "*.txt\ndata/\n*.ipynb\n")
    checkout.pipeline({"a": job("true", code="./src"), "b": job("true")})
    out = checkout.plan()
    code = "   code: 3 files, 2.0 kB\n   left out: 1 file, 3.0 kB by src/.gitignore:2 'data/'\n"
    assert f"{code}   left out: 1 file, 0 bytes by src/.gitignore:3 '*.ipynb'\n" in out
    assert out.count("code:") == 1
    checkout.write("src/.gitignore", "".join(f"{name}\n" for name in "abcdef"))
    for name in "abcdef":
        checkout.write(f"src/{name}", "x")
    assert "'d'\n   left out: 2 files by other lines\n" in checkout.plan()


@pytest.mark.parametrize(
    ("steps", "options", "said"),
    [
        ({}, ["--force-rerun"], "   runs: --force-rerun\n"),
        ({"settings": {"force_rerun": True}}, [], "   runs: settings.force_rerun\n"),
        ({}, ["--set", "jobs.b.inputs.x=new"], "   runs; changed: input x\n"),
        ({}, ["--set", "jobs.a.inputs.x=new"], "   runs, unless what it takes from a stays the same\n"),
        ({}, [], "   runs: the last time, it did not complete, or what it left has changed\n"),
    ],
)
def test_plan_says_why_a_step_would_run(checkout: Checkout, steps, options, said) -> None:
    make = {"a": job(SHOW, "out", inputs={"x": 1}), "b": job(SHOW, "out", inputs={"x": 2})}
    make["c"] = job("cat ${{inputs.y}}; exit ${{inputs.x}}", inputs={"y": "${{parent.jobs.a.outputs.out}}"})
    make["c"]["inputs"]["x"] = 0 if options else 3
    checkout.pipeline(make, **steps)
    checkout.run(code=0 if options else 1)
    assert said in checkout.plan(*options)


def test_there_must_be_a_pipeline(checkout: Checkout) -> None:
    assert "pipeline.yml does not exist" in checkout.refused()
    assert "no.yml does not exist" in checkout.refused("no.yml")


def test_failure_says_all_that_helps(checkout: Checkout) -> None:
    lines = "for n in $(seq 30); do echo line $n; done; cat ${{inputs.x}}; echo $OWN; exit $(cat code)"
    checkout.write("src/code", "4")
    step = job(lines, code="./src", environment_variables={"OWN": "it's"})
    step["inputs"] = {"x": {"type": "uri_file", "path": "./data.txt"}}
    checkout.write("data.txt", "the \x1b[2Jdata\n")
    checkout.pipeline({"fine": job("true"), "bad": step})
    done = checkout.run(code=1)
    said = done.out[done.out.index("bad failed") :]
    log = done.folder / "bad/logs/std_log.txt"
    assert said.startswith("bad failed: exit code 4\n  | line 13\n")
    assert "  | the  [2Jdata\n  | it's\n  spec       pipeline.yml:10:3\n" in said
    assert f"  log        {log.relative_to(checkout.folder)}\n" in said
    again = re.search(r"^  again      (.*)$", said, re.MULTILINE)[1]
    rerun = subprocess.run(again, shell=True, capture_output=True, text=True, cwd=checkout.folder)
    assert rerun.returncode == 4
    assert rerun.stdout == log.read_text()


def test_what_set_gives_is_named_where_it_is_refused(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """The excerpt shows the file, which may be right."""
    pipeline(checkout)
    monkeypatch.chdir(checkout.folder)
    assert main(["run", "--set", "jobs.a.limits.timeout=soon", "inputs.rate=0.1"]) == 2
    *_, changed, _ = capsys.readouterr().err.splitlines()
    assert changed == "azml: checked with what --set gives for jobs.a.limits.timeout, inputs.rate"
    checkout.pipeline({"a": job("echo ${{inputs.none}}")})
    assert main(["run"]) == 2
    assert "--set" not in capsys.readouterr().err


def test_terminal_without_the_characters(checkout: Checkout) -> None:
    checkout.pipeline({"zürich": job("true")})
    out, _ = checkout.start(PYTHONIOENCODING="ascii").communicate()
    assert "z\\xfcrich  Completed" in out
