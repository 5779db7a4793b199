"""Right specs, changed at random in their structure: odd values, keys moved and renamed."""

import copy
import datetime
import random
from pathlib import Path

import yaml
from layout import PROJECTS, SPECS

ODD = [
    *(None, True, 0, -1, 10**400, 1.5, float("inf"), float("-inf"), float("nan"), datetime.date(2026, 1, 2)),
    *(
        "",
        " ",
        "\n",
        "²",
        "٣",
        "\u202e",
        "\0",
        "'",
        '"',
        "`",
        "$(",
        "{{",
        "{%",
        "%",
        "1e999",
        "0x",
        "1_0",
        "true",
    ),
    *("x" * 5000, "a/" * 2500, "../" * 300, "~", "/", ".", "..", "C:\\x", "12:30:45", "null", "true"),
    *("${{", "}}", "$[[", "]]", "${{inputs.x}}", "${{parent.inputs.x}}", "${{parent.jobs.a.outputs.b}}"),
    *("<<", "> out", "; > out", "./clean.yml", "azureml:c@latest", [None] * 300),
    *("${{ . . }}", "$[[--x ${{inputs.x}}]]", "python -m", "python x.py --a 'b", 'bash -c "'),
    *("azureml:", "azureml:a:²", "azureml:a@latest", "azureml://", "file:", "file:/", "git+", "http://[::1"),
    *([], {}, [[]], [{}], {"": ""}, {"type": None}, {"path": []}, {1: 2}, {None: None}, {True: "x"}),
    {"a": {"b": {"c": {"d": ["e"]}}}},
]
KEYS = [
    *("inputs", "outputs", "jobs", "type", "component", "command", "code", "environment", "path", "name"),
    *("$schema", "version", "conda_file", "trial", "search_space", "enum", "default", "min", "optional"),
    *(7, None, "", "a.b"),
]


def originals() -> list[dict]:
    """Return the data of right specs of every kind."""
    paths = [*sorted(SPECS.glob("*.yml")), *sorted(PROJECTS.rglob("*.yml"))]
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths]


def places(value: object) -> list[tuple[dict | list, object]]:
    """Return (container, key) of everything below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, below in items for place in [(value, key), *places(below)]]


def change(data: object, rng: random.Random, others: list[dict]) -> None:
    """Change one thing somewhere in the data."""
    found = places(data)
    if not found:
        return
    container, key = rng.choice(found)
    match rng.randrange(7):
        case 0 | 1:
            container[key] = copy.deepcopy(rng.choice(ODD))
        case 2:
            other, name = rng.choice(places(rng.choice(others)))
            container[key] = copy.deepcopy(other[name])
        case 3 if isinstance(container, dict):
            container[rng.choice(KEYS)] = container.pop(key)
        case 4 if isinstance(container, dict):
            container[rng.choice(KEYS)] = copy.deepcopy(rng.choice(ODD))
        case 5:
            container[key] = [container[key]]
        case _:
            del container[key]


def spec(rng: random.Random, others: list[dict]) -> str:
    """Return the text of a spec with one to six changes."""
    data = copy.deepcopy(rng.choice(others))
    for _ in range(rng.randint(1, 6)):
        change(data, rng, others)
    return yaml.dump(
        data, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=rng.random() < 0.5, width=10**6
    )


def project(rng: random.Random, folder: Path, others: list[dict], size: int) -> None:
    """Write some specs into a folder; they may refer to each other by the names that specs here use."""
    names = ["train.yml", "clean.yml", "c.yml", "conda.yml", "environment.yml"]
    for number in range(size):
        name = names[number] if number < len(names) else f"s{number}.yml"
        (folder / name).write_text(spec(rng, others), encoding="utf-8", errors="surrogatepass")
