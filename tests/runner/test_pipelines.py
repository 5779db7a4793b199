"""The graph: how steps are named, nested, bound and swept, and what is refused before anything starts."""

import json
import re
from collections.abc import Callable

import pytest
from checkout import LOG_METRIC, Checkout, Done, job

ECHO = {
    "type": "command",
    "name": "echo",
    "version": "1",
    "inputs": {"text": {"type": "string", "default": "nothing"}},
    "outputs": {"out": {"type": "uri_file"}},
    "environment": {"image": "python:3"},
    "command": "echo one ${{inputs.text}} > ${{outputs.out}}",
}
SAY = "echo ${{inputs.text}} > ${{outputs.out}}"


def nested(inner: str, **inputs: str) -> dict:
    """Return a pipeline component around another component, its output passed on."""
    return {
        "type": "pipeline",
        "name": "outer",
        "version": "1",
        "inputs": {"text": {"type": "string", "default": "deep default"}},
        "outputs": {"out": {"type": "uri_file"}},
        "jobs": {
            "inner": {
                "type": "command" if inner == "echo.yml" else "pipeline",
                "component": f"./{inner}",
                "inputs": inputs,
                "outputs": {"out": "${{parent.outputs.out}}"},
            }
        },
    }


@pytest.fixture(scope="module")
def graph(new_checkout: Callable[..., Checkout]) -> Done:
    checkout = new_checkout()
    (checkout.folder / ".git").mkdir()
    checkout.write("parts/echo.yml", ECHO)
    newer = ECHO | {"version": "10", "command": ECHO["command"].replace("one", "ten")}
    checkout.write("elsewhere/echo10.yml", newer)
    checkout.write("parts/inner.yml", nested("echo.yml", text="${{parent.inputs.text}}"))
    checkout.write("parts/middle.yml", nested("inner.yml", text="${{parent.inputs.text}}"))
    checkout.write("parts/outer.yml", nested("middle.yml", text="${{parent.inputs.text}}"))
    checkout.write("parts/silent.yml", nested("inner.yml"))
    text = {"text": "${{parent.inputs.word}}"}
    echo = {"type": "command", "inputs": text}
    below = {"type": "pipeline", "inputs": text}
    checkout.pipeline(
        {
            "last": job(
                "cat ${{inputs.file}} > ${{outputs.out}}",
                "out",
                inputs={"file": "${{parent.jobs.three_deep.outputs.out}}"},
            ),
            "by_path": echo | {"component": "./parts/echo.yml"},
            "by_file": echo | {"component": "file:parts/echo.yml"},
            "by_label": echo | {"component": "azureml:echo@latest"},
            "by_version": echo | {"component": "azureml:echo:1"},
            "by_name_alone": echo | {"component": "azureml:echo"},
            "embedded": echo | {"component": ECHO},
            "without_type": {"component": "./parts/echo.yml"},
            "inline": job(SAY, "out", inputs=text),
            "sibling_input": job(SAY, "out", inputs={"text": "${{parent.jobs.inline.inputs.text}}"}),
            "in_a_text": job(SAY, "out", inputs={"text": "a-${{parent.inputs.word}}-b"}),
            "three_deep": below | {"component": "./parts/outer.yml"},
            "default_inside": {"type": "pipeline", "component": "./parts/silent.yml"},
            # Names that are keys elsewhere.
            "inputs": job(SAY, "out", inputs={"text": "${{parent.inputs.word}}"})
            | {"outputs": {"out": "${{parent.outputs.out}}"}},
            "outputs": job(
                "echo $code ${{inputs.code}} > ${{outputs.inputs}}",
                "inputs",
                inputs={"code": "${{parent.inputs.word}}"},
                environment_variables={"code": "${{parent.inputs.word}}"},
            ),
        },
        outputs={"out": {"type": "uri_file"}},
        inputs={"word": "hello"},
    )
    return checkout.run()


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("by_path", "one hello"),
        ("by_file", "one hello"),
        ("by_label", "ten hello"),
        ("by_version", "one hello"),
        ("by_name_alone", "ten hello"),
        ("embedded", "one hello"),
        ("without_type", "one nothing"),
        ("inline", "hello"),
        ("sibling_input", "hello"),
        ("in_a_text", "a-hello-b"),
        ("three_deep.inner.inner.inner", "one hello"),
        ("default_inside.inner.inner", "one deep default"),
        ("last", "one hello"),
    ],
)
def test_step_runs(graph: Done, step: str, text: str) -> None:
    assert graph.output(step) == text


def test_names_that_are_keys_elsewhere(graph: Done) -> None:
    assert graph.output("outputs", "inputs") == "hello hello"
    assert (graph.folder / "outputs_/out").read_text() == "hello\n"


def test_two_steps_cannot_write_one_output(checkout: Checkout) -> None:
    step = job("true") | {"outputs": {"o": "${{parent.outputs.o}}"}}
    checkout.pipeline({"a": step, "b": step}, outputs={"o": {"type": "uri_folder"}})
    assert "${{parent.outputs.o}} is already written by 'a'" in checkout.refused()


def test_standalone_command_job(checkout: Checkout) -> None:
    checkout.write("jobs/hello world.yml", job(SAY, "out", inputs={"text": "alone"}))
    assert checkout.run("jobs/hello world.yml").output("hello_world") == "alone"


def test_pipeline_job_that_runs_a_component(checkout: Checkout) -> None:
    checkout.write("echo.yml", ECHO)
    checkout.write("outer.yml", nested("echo.yml", text="${{parent.inputs.text}}"))
    given = {"type": "pipeline", "component": "./outer.yml"}
    checkout.write("pipeline.yml", given | {"inputs": {"text": "given"}})
    done = checkout.run()
    assert done.output("inner") == done.output("", "out") == "one given"
    checkout.write("pipeline.yml", given)
    assert checkout.run().output("inner") == "one deep default"
    assert checkout.run("--set", "inputs.text=set").output("inner") == "one set"
    assert "no input 'txt'; did you mean 'text'?" in checkout.run("--set", "inputs.txt=set", code=2).err


# Sweeps

LOSS = (
    f"{LOG_METRIC} loss 9 loss ${{{{search_space.x}}}} && echo ${{{{search_space.x}}}} > ${{{{outputs.out}}}}"
)


def sweep(goal: str = "minimize", command: str = LOSS, **more: object) -> dict:
    return {
        "type": "sweep",
        "trial": {"command": command, "environment": {"image": "python:3"}},
        "search_space": {"x": {"type": "choice", "values": [3, 1, 2]}},
        "sampling_algorithm": "grid",
        "objective": {"goal": goal, "primary_metric": "loss"},
        "limits": {"max_total_trials": 5, "max_concurrent_trials": 2},
        "outputs": {"out": {"type": "uri_file"}},
        **more,
    }


def sweep_step(goal: str = "minimize", **more: object) -> dict:
    """Return a sweep for a pipeline, whose trial is a component: it declares what it takes."""
    ports = {"inputs": {"x": {"type": "number"}}, "outputs": {"out": {"type": "uri_file"}}}
    step = sweep(goal, LOSS.replace("search_space.", "inputs."), **more)
    return step | {"trial": step["trial"] | ports}


@pytest.mark.parametrize(
    ("goal", "command", "best"),
    [
        ("minimize", LOSS, "1"),
        ("Maximize", LOSS.replace("loss 9 ", ""), "3"),
        ("maximize", LOSS.replace("loss 9 ", "").replace("${{search_space.x}}", "$AZUREML_SWEEP_x"), "3"),
        ("maximize", f"test ${{{{search_space.x}}}} != 3 && {LOSS.replace('loss 9 ', '')}", "2"),
    ],
    ids=["minimize", "maximize", "by variable", "failed trials do not count"],
)
def test_sweep_job_takes_the_best_trial(checkout: Checkout, goal: str, command: str, best: str) -> None:
    checkout.write("sweep.yml", sweep(goal, command))
    done = checkout.run("sweep.yml")
    assert done.output("sweep") == best
    assert sorted(path.name for path in (done.folder / "sweep/trials").iterdir()) == ["0", "1", "2"]


def test_sweep_without_a_result_fails(checkout: Checkout) -> None:
    checkout.write("sweep.yml", sweep(command="echo no metric > ${{outputs.out}}"))
    done = checkout.run("sweep.yml", code=1)
    assert "no trial that completed logged the metric 'loss'" in done.out
    done = checkout.run("sweep.yml", "--set", "trial.command=exit 3", code=1)
    assert "no trial completed; trial" in done.out and "exit code 3" in done.out


def test_sweep_limits(checkout: Checkout) -> None:
    slow = f"{LOSS}; test ${{{{search_space.x}}}} = 1 || sleep 60"
    checkout.write("sweep.yml", sweep(command=slow, limits={"max_total_trials": 2, "trial_timeout": 3}))
    done = checkout.run("sweep.yml")
    assert done.output("sweep") == "1"
    assert sorted(path.name for path in (done.folder / "sweep/trials").iterdir()) == ["0", "1"]
    assert checkout.run("sweep.yml", "--set", "limits.timeout=3").output("sweep") == "1"


def test_a_sweep_step_without_a_type_is_known_by_its_trial(checkout: Checkout) -> None:
    command = f"{LOG_METRIC} loss ${{{{inputs.x}}}}; echo ${{{{inputs.x}}}} > ${{{{outputs.out}}}}"
    checkout.write("trial.yml", ECHO | {"inputs": {"x": {"type": "integer"}}, "command": command})
    step = sweep(trial="./trial.yml", search_space={"x": {"type": "choice", "values": [2, 1]}})
    checkout.pipeline({"tune": {key: value for key, value in step.items() if key not in ("type", "inputs")}})
    assert checkout.run().output("tune") == "1"


def test_sweep_step_in_a_pipeline(checkout: Checkout) -> None:
    component = ECHO | {
        "inputs": {
            "x": {"type": "number"},
            "power": {"type": "integer", "default": 2},
            "word": {"type": "string"},
        },
        "command": f"{LOG_METRIC} loss ${{{{inputs.x}}}}"
        " && echo ${{inputs.x}} ${{inputs.power}} ${{inputs.word}} $AZUREML_PARAMETER_x > ${{outputs.out}}",
    }
    checkout.write("trial.yml", component)
    step = sweep(sampling_algorithm={"type": "random", "seed": 3}, trial="./trial.yml")
    step["search_space"] = {"x": {"type": "uniform", "min_value": 0, "max_value": 1}}
    step |= {"inputs": {"word": "hi"}, "outputs": {"out": "${{parent.outputs.best}}"}}
    after = job("cat ${{inputs.best}} > ${{outputs.out}}", "out", inputs={})
    after["inputs"] = {"best": "${{parent.jobs.tune.outputs.out}}"}
    checkout.pipeline({"tune": step, "after": after}, outputs={"best": {"type": "uri_file"}})
    done = checkout.run()
    trials = [done.output(f"tune/trials/{number}").split() for number in range(5)]
    assert len({x for x, *_ in trials}) == 5
    assert all((power, word) == ("2", "hi") and x == variable for x, power, word, variable in trials)
    assert re.search(
        rf"^tune  Completed .* best trial \d \(x={min(trials)[0]}\): loss 0", done.out, re.MULTILINE
    )
    assert done.output("after").split() == min(trials) == done.output("", "best").split()
    again = checkout.run("--force-rerun")
    assert [again.output(f"tune/trials/{number}").split() for number in range(5)] == trials
    assert checkout.run().steps == {"tune": "Reused", "after": "Reused"}


@pytest.mark.parametrize("algorithm", ["random", "sobol"])
def test_every_distribution(checkout: Checkout, algorithm: str) -> None:
    span = {"min_value": -1, "max_value": "1"}
    bell = {"mu": 2, "sigma": 0.5}
    space = {
        "choice": {"type": "choice", "values": ["a", True, 0.1]},
        "randint": {"type": "randint", "upper": 3},
        "uniform": {"type": "uniform", **span},
        "quniform": {"type": "quniform", **span, "q": 0.5},
        "loguniform": {"type": "loguniform", **span},
        "qloguniform": {"type": "qloguniform", **span, "q": 1},
        "normal": {"type": "normal", **bell},
        "qnormal": {"type": "qnormal", **bell, "q": 2},
        "lognormal": {"type": "lognormal", **bell},
        "qlognormal": {"type": "qlognormal", **bell, "q": 4},
    }
    show = " ".join(f"{name}=${{{{search_space.{name}}}}}" for name in space)
    command = f"echo {show} > ${{{{outputs.out}}}}; {LOG_METRIC} loss 1"
    checkout.write(
        "sweep.yml",
        sweep(
            command=command,
            search_space=space,
            sampling_algorithm={"type": "random", "rule": algorithm, "seed": 1},
            limits={"max_total_trials": 8},
        ),
    )
    done = checkout.run("sweep.yml")
    rows = [
        dict(pair.split("=") for pair in done.output(f"sweep/trials/{number}").split()) for number in range(8)
    ]
    values = {name: [row[name] for row in rows] for name in space}
    assert set(values["choice"]) <= {"a", "True", "0.1"} and len(set(values["choice"])) > 1
    assert set(values["randint"]) <= {"0", "1", "2"}
    numbers = {name: [float(each) for each in values[name]] for name in space if name != "choice"}
    assert all(-1 <= each <= 1 for each in numbers["uniform"]) and len(set(numbers["uniform"])) == 8
    assert all(0.36 < each < 2.72 for each in numbers["loguniform"])
    assert all(-1 < each < 5 for each in numbers["normal"])
    assert all(1 < each < 60 for each in numbers["lognormal"])
    for name, step in (("quniform", 0.5), ("qloguniform", 1), ("qnormal", 2), ("qlognormal", 4)):
        assert all(each % step == 0 for each in numbers[name]), name


# Refused

ONE = {"a": job("true")}


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        *(
            ({"a": {"type": kind}}, "3:3", f"{kind} steps run on Azure ML only")
            for kind in ("spark", "automl", "data_transfer", "import", "if_else", "do_while")
        ),
        ({"a": {"component": "azureml:eco:1"}}, "4:16", "specs; did you mean 'echo'"),
        ({"a": {"component": "azureml://registries/x/components/y/versions/1"}}, "4:16", "not among"),
        ({"a": {"component": "./eco.yml"}}, "4:16", "eco.yml does not exist; did you mean 'echo.yml'?"),
        ({"a": {"component": "./broken.yml"}}, "broken.yml:1:5", "this is not YAML"),
        ({"a": {"component": 5}}, "4:16", "a component was expected here"),
        ({"a": {"component": None}}, "4:16", "a component was expected here"),
        ({"a": {"type": "comand"}}, "3:3", "no step type 'comand'; did you mean 'command'?"),
        ({"a": "text"}, "3:6", "a job was expected"),
        ({}, "1:1", "no jobs to run"),
        ({"a/b": job("true")}, "3:3", "'a/b' is not a valid name"),
        ({"a": job("")}, "4:5", "there is no command"),
        ({"a": job("true", code="./sorce")}, "10:11", "the code folder ./sorce does not exist"),
        ({"a": job("true", code="git+https://x/y")}, "10:11", "cannot be reached"),
        ({"a": job("true", limits={"timeout": "soon"})}, "11:16", "must be a number above 0"),
        *(
            ({"a": ONE["a"] | {key: value}}, "", f"{word} was expected under '{key}'")
            for key, value, word in (
                ("command", ["true"], "text"),
                ("code", 5, "text"),
                ("inputs", ["x"], "a mapping"),
                ("outputs", "x", "a mapping"),
                ("environment_variables", ["A"], "a mapping"),
                ("limits", 5, "a mapping"),
            )
        ),
        ({"a": job("true", inputs={"x": [1, 2]})}, "", "a text, a number, true or false was expected"),
        ({"a": job("true", inputs={"x": {"a": 1}})}, "9:7", "a mapping with its 'path'"),
        ({"a": job("cat ${{inputs.x}}")}, "5:18", "${{inputs.x}} is not declared"),
        ({"a": job("true", inputs={"x": "${{parent.inputs.nope}}"})}, "9:10", "no input 'nope'"),
        ({"a": job("true", inputs={"x": "${{parent.input.x}}"})}, "9:10", "is not a binding"),
        ({"a": job("true", inputs={"x": "${{parent.jobs.b.outputs.y}}"})}, "9:10", "no job 'b'"),
        (
            {
                "a": job("true", "o", inputs={"x": "${{parent.jobs.b.outputs.o}}"}),
                "b": job("true", "o", inputs={"x": "${{parent.jobs.a.outputs.o}}"}),
            },
            "",
            "wait for each other",
        ),
        ({"a": {"component": "./needs.yml"}}, "3:3", "the required input 'x' has no value"),
        ({"a": sweep_step("upwards")}, "", "must be minimize or maximize"),
        ({"a": sweep_step(sampling_algorithm="bayesian")}, "", "bayesian sampling runs on Azure ML only"),
        ({"a": sweep_step(sampling_algorithm={"type": "random", "seed": "²"})}, "", "must be an integer"),
        ({"a": sweep_step(limits={}, sampling_algorithm="random")}, "", "max_total_trials is missing"),
        ({"a": sweep_step(limits={"max_total_trials": "x"})}, "", "must be a number above 0"),
        ({"a": sweep_step(search_space={"x": {"type": "unifrom"}})}, "", "did you mean 'uniform'?"),
        ({"a": sweep_step(search_space={"x": {"type": "choice"}})}, "", "choice needs a list of values"),
        (
            {"a": sweep_step(search_space={"x": {"type": "normal", "mu": 1}}, sampling_algorithm="random")},
            "",
            "normal needs sigma",
        ),
        ({"a": sweep_step(search_space={"x": {"type": "normal"}})}, "", "grid sampling takes only choice"),
    ],
)  # fmt: skip
def test_refused_before_anything_starts(checkout: Checkout, change: dict, place: str, reason: str) -> None:
    (checkout.folder / ".git").mkdir()
    checkout.write("echo.yml", ECHO)
    checkout.write("broken.yml", "a: b: c")
    checkout.write("needs.yml", ECHO | {"inputs": {"x": {"type": "number"}}, "command": "echo ${{inputs.x}}"})
    checkout.pipeline(change)
    said = checkout.refused()
    assert reason in said
    assert (place if "yml" in place else f"pipeline.yml:{place}") in said


def test_hooks_are_refused(checkout: Checkout) -> None:
    checkout.pipeline(ONE, settings={"on_init": "a"})
    assert "pipeline.yml:3:3: error: on_init runs on Azure ML only" in checkout.refused()


@pytest.mark.parametrize("text", ["a: [", "- 1\n- 2\n", "", "type: environment\nname: x\n"])
def test_file_that_is_no_job(checkout: Checkout, text: str) -> None:
    checkout.write("pipeline.yml", text)
    assert "pipeline.yml" in checkout.refused()


def test_what_azure_ml_ignores_is_ignored(checkout: Checkout) -> None:
    checkout.pipeline({"a": job("true") | {"computee": "x", "limits": {"timeot": 5}}}, settings={"forse": 1})
    assert checkout.run().steps == {"a": "Completed"}


def test_settings_without_effect_are_listed_once(checkout: Checkout) -> None:
    step = job("true", compute="azureml:gpu", resources={"instance_count": 2})
    step["inputs"] = {"i": {"type": "uri_file", "path": "./pipeline.yml", "mode": "direct"}}
    kept = {"o": {"type": "uri_folder", "path": "azureml://datastores/d/paths/${{name}}/x", "name": "asset"}}
    checkout.pipeline(
        {"a": step | {"outputs": kept}, "b": step}, compute="azureml:cpu", settings={"default_compute": "x"}
    )
    said = "inputs.i.mode: direct, outputs.o.path\n"
    assert f"no effect on this machine: {said}" in checkout.run().out


def test_run_json_says_what_became_of_each_step(checkout: Checkout) -> None:
    checkout.pipeline(ONE)
    done = checkout.run()
    found = json.loads((done.folder / "run.json").read_text())
    assert found["status"] == "FINISHED"
    assert found["steps"]["a"]["folder"] == str(done.folder / "a")
