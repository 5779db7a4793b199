"""The JSON Schemas against azure-ai-ml: made from it, and of one mind with it on thousands of mutants.

The SDK's verdict on a mutant is its own marshmallow `load` of the class that serves the spec; local paths
are not looked up. The schemas are stricter on purpose where the SDK drops an unknown key in silence; those
mutants are counted apart. Every other difference must have one of the EXPLANATIONS. A key that the `az`
command line can supply counts as missing here, as it does for the SDK.
"""

import copy
import functools
import json
import logging
import random
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from azml.validator.schema.keywords import CASES
from layout import ROOT
from schemas import INDEX, SCHEMAS, SPEC_FILES, kind_of, load, schema_errors

DEV = ROOT / "scripts" / "dev"
SEED = 20261123
MUTANTS = 1000


@pytest.fixture(scope="module")
def generator():
    """The modules of the generator, which import azure-ai-ml."""
    pytest.importorskip(
        "azure.ai.ml", reason="azure-ai-ml, from which the schemas are made, is not installed"
    )
    warnings.simplefilter("ignore")
    logging.getLogger("azure.ai.ml").setLevel(logging.CRITICAL)
    sys.path.insert(0, str(DEV))
    import make_schemas

    yield make_schemas
    sys.path.remove(str(DEV))


def test_are_what_the_generator_makes(generator):
    # A process of its own: what other tests have loaded with azure-ai-ml leaks into its shared schemas.
    program = "import json, make_schemas; print(json.dumps(make_schemas.generate()))"
    made = subprocess.run(
        [sys.executable, "-c", program], cwd=DEV, capture_output=True, text=True, check=True
    )
    generated = json.loads(made.stdout)
    assert {path.name: path.read_text(encoding="utf-8") for path in SCHEMAS.glob("*.json")} == generated, (
        "run `make schemas`"
    )


WRONG = [5, 2.5, "text", True, None, [], {}, {"a": 1}, "${{parent.inputs.x}}"]


@dataclass
class Mutant:
    """A right spec with one change, and what the SDK and the schema say to it."""

    kind: str
    change: str
    path: tuple
    data: dict
    sdk: str | None = None
    ours: list | None = None

    @property
    def value(self) -> object:
        gone = self.change in ("drop", "misspell")
        return None if gone else functools.reduce(lambda node, key: node[key], self.path, self.data)

    def __str__(self) -> str:
        ours = [f"{'/'.join(map(str, e.place))}: {e.keyword}" for e in self.ours]
        change = f"{self.kind} {self.change} {self.path} {self.value!r:.60}"
        return f"{change}\n  schema: {ours}\n  sdk: {self.sdk!s:.300}"


def places(node: object, path: tuple = ()) -> list[tuple]:
    """The paths of all values in a spec, but for `$schema`, which only says what the rest is."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path] * bool(path) + [
        p for key, value in inner if key != "$schema" for p in places(value, (*path, key))
    ]


def misspelt(rng: random.Random, word: str) -> str:
    at = rng.randrange(max(1, len(word) - 1))
    return rng.choice(
        [
            word[:at] + word[at + 1 :],
            word[: at + 1] + word[at:],
            word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
        ]
    )


def mutant(rng: random.Random, data: dict) -> Mutant:
    path = rng.choice(places(data))
    changed = copy.deepcopy(data)
    parent = functools.reduce(lambda node, key: node[key], path[:-1], changed)
    key, value = path[-1], functools.reduce(lambda node, key: node[key], path, data)
    changes = {"wrong": lambda: rng.choice(WRONG), "null": lambda: None, "list": lambda: [value]}
    if isinstance(value, str):
        changes |= {"case": lambda: rng.choice([value.upper(), value.title()]), "word": lambda: value + "x"}
        changes["binding"] = lambda: "${{parent.inputs.x}}"
    elif isinstance(value, int | float):
        changes |= {"quoted": lambda: str(value), "binding": lambda: "${{parent.inputs.x}}"}
    elif isinstance(value, dict):
        changes["extra"] = lambda: {**value, "unexpected": "x"}
    change = rng.choice([*changes, *(["misspell", "misspell", "drop"] if isinstance(parent, dict) else [])])
    if change in changes:
        parent[key] = changes[change]()
    elif change == "drop":
        del parent[key]
    else:
        items = [(misspelt(rng, k) if k == key else k, v) for k, v in parent.items()]
        parent.clear()
        parent.update(items)
    return Mutant(kind_of(data), change, path, changed)


class Sdk:
    """Loads data as azure-ai-ml does, with one instance of each schema class (building them is slow)."""

    def __init__(self, generator):
        self._kinds = {kind.name: kind.source for kind in generator.schema_kinds.KINDS}
        self._choices = sys.modules["schema_choices"]
        self._instance = functools.cache(sys.modules["schema_fields"].instance)

    def refusal(self, kind: str, data: dict) -> str | None:
        """Why the SDK refuses the data; None: it accepts them."""
        try:
            schema = self._instance(self._schema_class(self._kinds[kind], data))
            # Component._load passes unknown keys on and drops them later.
            schema.load(copy.deepcopy(data), **({"unknown": "include"} if kind == "component" else {}))
        except Exception as error:  # the SDK fails in many ways, KeyError and TypeError among them
            return f"{type(error).__name__}: {error}"
        return None

    def _schema_class(self, source, data: dict) -> type:
        match source:
            case self._choices.Tagged():
                word = data.get(source.tag, source.default)
                if source.case and isinstance(word, str):
                    word = CASES[source.case](word)
                return self._schema_class(source.classes[word], data)
            case self._choices.Keyed():
                return next((cls for key, cls in source.keys.items() if key in data), source.default)
            case _:
                return source


@pytest.fixture(scope="module")
def sdk(generator):
    from azure.ai.ml._schema.core.fields import LocalPathField

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalPathField, "_resolve_path", lambda self, value: Path(value))
        yield Sdk(generator)


def stricter(keyword: str, *keys: str) -> Callable[[Mutant], bool]:
    """The SDK accepts, and the schema speaks by this keyword only (at one of these keys; "" is the top)."""

    def explains(mutant: Mutant) -> bool:
        return mutant.sdk is None and all(
            error.keyword == keyword and (not keys or (["", *error.place][-1] in keys))
            for error in mutant.ours
        )

    return explains


def looser(*words: str) -> Callable[[Mutant], bool]:
    """The schema accepts, and the SDK's reason holds one of these words."""
    return lambda mutant: not mutant.ours and any(word in mutant.sdk for word in words)


EXPLANATIONS: dict[str, Callable[[Mutant], bool]] = {
    "the SDK turns a component's version of any type into text": stricter("type", "version"),
    "the SDK cuts off a fraction without a word": lambda m: m.value == 2.5 and stricter("type")(m),
    "the SDK does not look at the type of an outbound rule": stricter("enum", "type"),
    "the SDK takes a pipeline without jobs": stricter("required", ""),
    "the SDK takes any conda file, and reads none": stricter("type", "conda_file"),
    "the SDK does not look at what a step calls itself": stricter("type", "name", "tags", "display_name"),
    "a file that is not there: a rule looks it up": looser("No such file", "expected a local path"),
    "a reference that is no file: a rule looks it up": looser("In order to specify an existing"),
    "what a binding names: a rule resolves it": looser("JobException"),
    "the SDK looks at this size only when it builds the component": stricter("pattern", "mini_batch_size"),
    "the SDK does not ask for the data that a parallel job splits": lambda m: (
        m.sdk is None and {each.keyword for each in m.ours} <= {"additionalProperties", "required"}
    ),
    "only the service looks at how often a schedule starts": stricter("minimum", "interval"),
    "only the service looks at time zones and ways to log in": stricter("enum", "time_zone", "auth_mode"),
    "only the service looks at the unit of this size": stricter("pattern", "shm_size"),
    "only the service looks at numbers that count or measure": stricter("minimum"),
    "the SDK's own field takes a binding here": looser("unsupported sampling algorithm"),
    "names of outputs: a rule checks them": looser("The output name"),
    "defaults of inputs: a rule checks them": looser("Default value of Input"),
    "the SDK breaks down on an empty mapping": looser("KeyError: 'name'"),
    "resource ids: the service checks them": looser("Invalid ARM Id"),
}


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_the_sdk_accepts_the_right_specs(sdk, path: Path):
    data = load(path)
    assert sdk.refusal(kind_of(data), data) is None


def test_agrees_with_the_sdk_on_mutants(sdk, capsys):
    rng = random.Random(SEED)
    originals = [load(path) for path in SPEC_FILES]
    mutants = [mutant(rng, rng.choice(originals)) for _ in range(MUTANTS)]
    for made in mutants:
        made.sdk = sdk.refusal(made.kind, made.data)
        made.ours = schema_errors(made.kind, made.data)
    verdicts = [_compared(made) for made in mutants]
    with capsys.disabled():
        print(_summary(Counter(verdicts)))
    unexplained = [
        str(made) for made, verdict in zip(mutants, verdicts, strict=True) if verdict == "unexplained"
    ]
    assert not unexplained, "\n".join(unexplained)
    assert verdicts.count("same") >= 0.99 * (MUTANTS - verdicts.count("unknown key"))


def _compared(made: Mutant) -> str:
    """How the two verdicts relate: "same", "unknown key", the name of an explanation, "unexplained"."""
    supplied = [key for key in INDEX[made.kind]["supplied"] if key not in made.data]
    if bool(made.ours or supplied) == bool(made.sdk):
        return "same"
    if stricter("additionalProperties")(made):
        return "unknown key"
    return next((name for name, explains in EXPLANATIONS.items() if explains(made)), "unexplained")


def _summary(counts: Counter[str]) -> str:
    unknown, same = counts.pop("unknown key", 0), counts.pop("same")
    share = same / (MUTANTS - unknown)
    head = (
        f"\n{MUTANTS} mutants: same verdict on {same}; an unknown key that only the schemas see in {unknown}"
    )
    rest = [f"  {count:3} {name}" for name, count in counts.most_common()]
    return "\n".join([head, f"agreement, those aside: {share:.2%}; the rest:", *rest])
