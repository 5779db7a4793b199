"""Parallel steps: mini-batches, what run() is given and gives back, retries, crashes and thresholds."""

from pathlib import Path

import pytest
from checkout import Checkout, Done

SCRIPT = """
import argparse, os, time
from pathlib import Path

def init():
    global factor
    parser = argparse.ArgumentParser()
    parser.add_argument("--factor", type=int, default=1)
    factor = parser.parse_known_args()[0].factor

def run(mini_batch):
    rows = []
    for name in mini_batch:
        text = Path(name).read_text().strip()
        once = Path(f"seen-{os.path.basename(name)}")
        if text == "crash" or (text == "crash once" and not once.exists()):
            once.touch()
            os._exit(9)
        if text == "hang once" and not once.exists():
            once.touch()
            time.sleep(60)
        if text == "raise":
            raise ValueError("cannot read this")
        if text != "skip":
            rows.append(f"{os.path.basename(name)} {factor * len(text)}")
    return rows
"""
ROWS = """
def init():
    pass

def run(table, context):
    table["batch"] = context.minibatch_index
    table["key"] = "/".join(str(each) for each in context.partition_key_value.values()) or "none"
    return table
"""


def step(**more: object) -> dict:
    task = {
        "type": "run_function",
        "code": "./src",
        "entry_script": "score.py",
        "environment": {"image": "i"},
        "append_row_to": "${{outputs.out}}",
    }
    return {
        "type": "parallel",
        "inputs": {"data": {"type": "uri_folder", "path": "./data"}},
        "outputs": {"out": {"type": "uri_file"}},
        "input_data": "${{inputs.data}}",
        "mini_batch_size": "2",
        "task": task | more.pop("task", {}),
        **more,
    }


def run(checkout: Checkout, texts: list[str], code: int = 0, **more: object) -> Done:
    """Run a step on files named a, b, c, ... with the given texts."""
    checkout.write("src/score.py", SCRIPT)
    (checkout.folder / "data").mkdir(exist_ok=True)
    for name, text in zip("abcdefgh", texts, strict=False):
        checkout.write(f"data/{name}", text)
    checkout.pipeline({"score": step(**more)})
    return checkout.run("--no-validate", code=code)


def test_every_file_is_given_once_and_rows_are_appended_in_order(checkout: Checkout) -> None:
    inputs = {"data": {"type": "uri_folder", "path": "./data"}, "factor": 3}
    task = {"program_arguments": "--factor ${{inputs.factor}} --task_overhead_timeout 9"}
    done = run(checkout, ["1", "22", "333"], inputs=inputs, task=task, max_concurrency_per_instance=2)
    assert "$ score.py --factor 3 --task_overhead_timeout 9\n" in checkout.plan("--no-validate")
    assert done.output("score") == "a 3\nb 6\nc 9"
    assert "2 mini-batches, " in done.log("score")
    assert checkout.run("--no-validate").steps == {"score": "Reused"}


@pytest.mark.parametrize(
    ("texts", "settings", "rows", "problem"),
    [
        (["crash once", "2"], {}, "a 10\nb 1", None),
        (["hang once", "2"], {"retry_settings": {"timeout": 1}}, "a 9\nb 1", None),
        (["crash", "2", "3"], {}, "c 1", None),
        (["crash", "2", "3"], {"mini_batch_error_threshold": 0}, None, "1 mini-batches failed"),
        (["raise", "2", "3"], {"mini_batch_error_threshold": 1}, "c 1", None),
        (["raise", "2", "3"], {"error_threshold": 1}, None, "2 items failed, over the error_threshold of 1"),
        (["skip", "2", "3"], {"error_threshold": 1}, "b 1\nc 1", None),
        (["skip", "2", "3"], {"error_threshold": 0}, None, "1 items failed"),
        (["raise"], {}, None, "append_row_to has nothing to take"),
        ([], {}, None, "append_row_to has nothing to take: the input is empty"),
        (["2"], {"task": {"program_arguments": "--note 'half"}}, None, "program_arguments cannot be split"),
    ],
    ids=[
        *("crash, tried again", "timeout, tried again", "crashes are ignored", "crashes count"),
        *(
            "exceptions below it",
            "items of failed batches",
            "missing items",
            "missing items count",
            "no mini-batch succeeded",
            "no mini-batches",
            "arguments with an open quote",
        ),
    ],
)
def test_failures(
    checkout: Checkout, texts: list[str], settings: dict, rows: str | None, problem: str | None
) -> None:
    settings = {"retry_settings": {"max_retries": 1, "timeout": 30}} | settings
    done = run(checkout, texts, code=1 if problem else 0, **settings)
    if problem:
        assert problem in done.log("score")
        assert "Traceback" not in done.out or texts
    else:
        assert done.output("score") == rows


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (None, {}, "0 mini-batches, 1 processes: the input is empty"),
        ("", {}, "0 mini-batches, 1 processes: the input is empty"),
        ("k,n\n", {"partition_keys": ["k"]}, "0 mini-batches, 1 processes: the input is empty"),
    ],
    ids=["no file", "a file without a line", "a file without rows"],
)
def test_a_table_without_rows_completes_where_no_row_is_asked_for(
    checkout: Checkout, content: str | None, more: dict, said: str
) -> None:
    checkout.write("src/score.py", ROWS)
    if content is not None:
        checkout.write("data/x.csv", content)
    checkout.write("data/MLTable", TABLE | {"paths": [{"pattern": "./*.csv"}]})
    inputs = {"data": {"type": "mltable", "path": "./data", "mode": "direct"}}
    checkout.pipeline({"score": step(inputs=inputs, outputs={}, task={"append_row_to": None}, **more)})
    assert said in checkout.run("--no-validate").log("score")


def test_arguments_are_split_without_a_shell(checkout: Checkout) -> None:
    script = "import sys\ndef run(batch):\n    return ['|'.join(sys.argv[1:])]\n"
    checkout.write("src/score.py", script)
    checkout.write("data/a", "1")
    arguments = "--url <your uri> --note 'two words' --all * $HOME `id` ; exit"
    checkout.pipeline({"score": step(task={"program_arguments": arguments})})
    expected = "--url|<your|uri>|--note|two words|--all|*|$HOME|`id`|;|exit"
    assert checkout.run("--no-validate").output("score") == expected


TABLE = {"paths": [{"file": "./x.csv"}], "transformations": [{"read_delimited": {"delimiter": ","}}]}


@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        ({"mini_batch_size": "8b"}, ["a 1 0 none", "b 2 0 none", "a 3 1 none"]),
        ({"mini_batch_size": "1kb"}, ["a 1 0 none", "b 2 0 none", "a 3 0 none"]),
        ({"partition_keys": ["k"]}, ["a 1 0 a", "a 3 0 a", "b 2 1 b"]),
        ({"partition_keys": ["k", "n"]}, ["a 1 0 a/1", "a 3 1 a/3", "b 2 2 b/2"]),
    ],
    ids=["by size", "one batch", "by a key", "by two keys"],
)
def test_tables(checkout: Checkout, settings: dict, rows: list[str]) -> None:
    checkout.write("src/score.py", ROWS)
    checkout.write("data/x.csv", "k,n\na,1\nb,2\na,3\n")
    checkout.write("data/MLTable", TABLE)
    inputs = {"data": {"type": "mltable", "path": "./data", "mode": "direct"}}
    checkout.pipeline({"score": step(inputs=inputs, **settings)})
    assert checkout.run("--no-validate").output("score").splitlines() == rows


def test_columns_from_paths(checkout: Checkout) -> None:
    checkout.write("src/score.py", ROWS)
    checkout.write("data/north/a.csv", "n\n1\n")
    checkout.write("data/south/b.csv", "n\n2\n")
    partition = {"extract_columns_from_partition_format": {"partition_format": "{Region}/{file}.{extension}"}}
    steps = [{"read_delimited": {"delimiter": ","}}, partition, {"drop_columns": ["file", "extension"]}]
    checkout.write("data/MLTable", {"paths": [{"pattern": "./**/*.csv"}], "transformations": steps})
    inputs = {"data": {"type": "mltable", "path": "./data", "mode": "direct"}}
    checkout.pipeline({"score": step(inputs=inputs, partition_keys=["Region"])})
    assert checkout.run("--no-validate").output("score") == "1 north 0 north\n2 south 1 south"


def test_component(checkout: Checkout) -> None:
    checkout.write("src/score.py", SCRIPT)
    checkout.write("data/a", "1")
    written = step(name="score", inputs={"data": {"type": "uri_folder"}})
    checkout.write("score.yml", written)
    data = {"type": "uri_folder", "path": "./data"}
    checkout.pipeline({"a": {"component": "./score.yml", "inputs": {"data": data}, "mini_batch_size": "1"}})
    assert checkout.run("--no-validate").output("a") == "a 1"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"input_data": "${{inputs.nope}}"}, "input_data must name one of the step's own"),
        ({"mini_batch_size": "many"}, "mini_batch_size must be like 10 or 100kb"),
        ({"error_threshold": -2}, "error_threshold must be an integer of at least -1"),
        (
            {"max_concurrency_per_instance": 0},
            "max_concurrency_per_instance must be an integer",
        ),
        (
            {"retry_settings": {"max_retries": -1}},
            "retry_settings.max_retries must be an integer of at least 0",
        ),
        ({"retry_settings": {"timeout": "1h"}}, "retry_settings.timeout must be an integer of at least 1"),
        ({"resources": {"instance_count": 0}}, "resources.instance_count must be an integer of at least 1"),
        ({"task": {"type": "model"}}, "task.type must be run_function"),
        ({"task": {"entry_script": None}}, "task.entry_script is missing"),
        ({"task": {"append_row_to": "${{outputs.x}}"}}, "append_row_to must name an output"),
        ({"task": {"code": "./none"}}, "the code folder ./none does not exist"),
    ],
)
def test_refused(checkout: Checkout, settings: dict, reason: str) -> None:
    Path(checkout.folder, "src").mkdir()
    Path(checkout.folder, "data").mkdir()
    checkout.pipeline({"a": step(**settings)})
    assert reason in checkout.refused()


def test_a_setting_is_found_where_it_is(checkout: Checkout) -> None:
    """In a nested mapping, and in the component where the step does not say it."""
    checkout.write("src/score.py", SCRIPT)
    checkout.write("data/a", "1")
    checkout.write("score.yml", step(name="score", retry_settings={"timeout": "soon"}))
    checkout.pipeline({"a": {"component": "./score.yml", "resources": {"instance_count": "many"}}})
    number = lines_with(checkout, "pipeline.yml", "instance_count")
    assert f"pipeline.yml:{number}:" in checkout.refused()
    checkout.pipeline({"a": {"component": "./score.yml"}})
    number = lines_with(checkout, "score.yml", "timeout")
    assert f"score.yml:{number}:" in checkout.refused()


def lines_with(checkout: Checkout, name: str, text: str) -> int:
    lines = (checkout.folder / name).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_first_failure_is_the_reason(checkout: Checkout) -> None:
    """A second attempt stumbles over what the first one left."""
    script = (
        "from pathlib import Path\ndef run(batch):\n    Path('left').mkdir()\n    raise ValueError('bad')\n"
    )
    checkout.write("src/score.py", script)
    checkout.write("data/a", "1")
    checkout.pipeline({"a": step(mini_batch_error_threshold=0)})
    assert "a failed: ValueError: bad" in checkout.run(code=1).out
