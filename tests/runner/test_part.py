"""A part of a pipeline: --step, --from, --until; what stands outside of it stops nothing."""

import json
from collections.abc import Callable

import pytest
from azml.cli import main
from checkout import Checkout, job

WRITE = "cat ${{inputs.x}} > ${{outputs.out}}; echo ${{inputs.word}} >> ${{outputs.out}}"


def link(step: str) -> str:
    return f"${{{{parent.jobs.{step}.outputs.out}}}}"


def write(checkout: Checkout, **more: object) -> None:
    """Write a pipeline a -> b -> n.c -> n.d, a -> side, and steps that cannot run here."""
    checkout.write("data.txt", "data\n")
    file = {"type": "uri_file", "path": "./data.txt"}
    nested = {
        "type": "pipeline",
        "inputs": {"given": {"type": "uri_file"}},
        "outputs": {"out": {"type": "uri_file"}},
        "jobs": {
            "c": job(WRITE, "out", inputs={"x": "${{parent.inputs.given}}", "word": "c"}),
            "d": job(WRITE, inputs={"x": link("c"), "word": "d"}),
        },
    }
    nested["jobs"]["d"]["outputs"] = {"out": "${{parent.outputs.out}}"}
    checkout.write("nested/n.yml", nested)
    word = {"x": "${{parent.inputs.file}}", "word": "${{parent.inputs.word}}"}
    steps = {
        "a": job(WRITE, "out", inputs=word),
        "b": job(WRITE, "out", inputs={"x": link("a"), "word": "b"}),
        "n": {"type": "pipeline", "component": "./nested/n.yml", "inputs": {"given": link("b")}},
        "side": job(WRITE, "out", inputs={"x": link("a"), "word": "side"}),
        **more,
    }
    checkout.pipeline(steps, inputs={"file": file, "word": "a"}, settings={"default_compute": "azureml:cpu"})


@pytest.fixture(scope="module")
def once(new_checkout: Callable[..., Checkout]) -> Checkout:
    """Return a checkout in which the whole pipeline has run."""
    checkout = new_checkout()
    write(checkout)
    checkout.run()
    return checkout


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        (["--step", "b"], ["b"]),
        (["--step", "n"], ["n.c", "n.d"]),
        (["--step", "n.d"], ["n.d"]),
        (["--from", "b"], ["b", "n.c", "n.d"]),
        (["--until", "b"], ["a", "b"]),
        (["--until", "n.c"], ["a", "b", "n.c"]),
        (["--from", "b", "--until", "n.c"], ["b", "n.c"]),
    ],
    ids=" ".join,
)
def test_which_steps_are_in_the_part(once: Checkout, options, steps):
    out = once.plan(*options)
    assert [line.split()[1] for line in out.splitlines() if line[0].isdigit() and ". " in line] == steps


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--step", "sidde"], "the pipeline has no step 'sidde'; did you mean 'side'?"),
        (["--from", "n.cc"], "the pipeline has no step 'n.cc'; did you mean 'n.c'?"),
        (["--from", "n", "--until", "a"], "no step is in all that --step, --from and --until name"),
    ],
)
def test_part_that_cannot_be_meant(checkout: Checkout, options, said):
    write(checkout)
    assert f"azml: {said}" in checkout.refused(*options)


def test_what_comes_before_is_taken_from_the_last_run(checkout: Checkout):
    write(checkout)
    assert (
        "pipeline.yml:27:10: error: 'x' is what a writes, and no run of it has completed on this machine; "
        "run it first, with --until a" in checkout.refused("--step", "b")
    )
    before = checkout.run("--until", "a")
    assert before.steps == {"a": "Completed"}
    done = checkout.run("--step", "b", "--set", "inputs.word=changed")
    assert f"a is taken from {before.folder.name}; changed since then: input word\n" in done.out
    assert done.output("b") == "data\na\nb" and done.steps == {"b": "Completed"}
    again = checkout.run("--from", "b")
    assert f"a is taken from {before.folder.name}\n" in again.out
    assert again.steps == {"b": "Reused", "n.c": "Completed", "n.d": "Completed"}
    assert (again.folder / "outputs").exists() is False
    record = json.loads((again.folder / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "FINISHED"


SPARK = {"type": "spark", "code": "./src", "entry": {"file": "x.py"}, "inputs": {"x": link("a")}}
SPARK |= {"conf": {"spark.driver.cores": 1}, "resources": {"runtime_version": "3.4"}}


@pytest.mark.parametrize(
    "outside",
    [
        SPARK,
        {"type": "command", "component": "./missing.yml", "inputs": {"x": link("a")}},
        {"type": "command", "component": "azureml:deploy:1", "inputs": {"x": link("a")}},
        {"type": "command", "component": "./broken/c.yml"},
        job("echo ${{inputs.typo}}", code="./none"),
        job("python broken.py", code="./broken"),
        job("cat ${{inputs.x}}", inputs={"x": {"type": "uri_folder", "path": "azureml:away:1"}}),
        job("cat ${{inputs.x}}", inputs={"x": "${{parent.inputs.away}}"}),
    ],
    ids=["spark", "missing", "registered", "broken spec", "mistakes", "broken script", "data", "input"],
)
def test_what_stands_outside_stops_nothing(checkout: Checkout, outside, monkeypatch, capfd):
    checkout.write("broken/c.yml", "type: command\ncommand: [\n")
    checkout.write("broken/broken.py", "def (:\n")
    write(checkout, outside=outside)
    text = (checkout.folder / "pipeline.yml").read_text(encoding="utf-8")
    away = "inputs:\n  away:\n    type: uri_folder\n    path: azureml:away:1\n"
    checkout.write("pipeline.yml", text.replace("inputs:\n", away, 1))
    monkeypatch.chdir(checkout.folder)
    assert main(["run", "--plan", "--until", "b"]) == 0, capfd.readouterr().err
    assert main(["run", "--plan", "--step", "outside"]) == 2


def test_mistakes_inside_are_refused(checkout: Checkout):
    write(checkout, last=job("cat ${{inputs.typo}}", inputs={"x": link("side")}))
    assert "${{inputs.typo}} is not declared" in checkout.refused("--until", "last")
    assert "'x' is what side writes" in checkout.refused("--step", "last", "--set", "jobs.last.command=x")
