"""Every key that the JSON Schemas know, given once to azure-ai-ml: some of its fields, its entities refuse.

Each key that a right spec lacks is added to it with a value that the schema takes, and the spec is loaded as
`az ml` loads it.
"""

import copy
import functools
import logging
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from layout import SPECS
from schemas import BUNDLE, SPEC_FILES, kind_of, load, schema_errors

LOADERS = {
    "connection": "load_workspace_connection",
    "model_batch_deployment": "load_model_batch_deployment",
    "pipeline_component_batch_deployment": "load_pipeline_component_batch_deployment",
    "schedule": "load_schedule",
}
TEXTS = (
    *("text", "azureml:x", "azureml:x:1", "file:conda.yml", "azureml://registries/r/models/m/versions/1"),
    *("${{parent.jobs.a}}", "${{parent.outputs.a}}", "git+https://x.y/z", "https://x.y/z", "1g", "100kb"),
    *("3.4", "2026-01-31T08:00:00", "12345678-1234-1234-1234-123456789012"),
)
# The types of jobs and components that the SDK looks at once more when it has loaded them.
CHECKED = ("command", "parallel", "pipeline", "spark")
# What a file, another key or the workspace decides: a rule looks at it, or the service.
DECIDED_ELSEWHERE = (
    *("to specify an existing", "include text", "Invalid ARM Id", "not exists in jobs"),
    *("Default value of Input", "Invalid parameter for", "either compute or resources"),
)
# The function that builds an inline parallel step lacks the `comment` of its fields; the outputs of a Spark
# step are the only ones that cannot be text.
KNOWN = {("jobs", "score", "comment"), ("jobs", "words", "outputs")}

Addition = tuple[tuple, object]


class NoExampleError(Exception):
    """Nothing that a schema accepts is known."""


def example(schema: dict, depth: int = 0) -> object:
    """Return a value that a schema accepts."""
    while "$ref" in schema:
        schema = BUNDLE["$defs"][schema["$ref"].rpartition("/")[2]]
    if depth > 6:
        raise NoExampleError
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _example_of_any(schema["anyOf"], depth)
    kind = schema.get("type", "string")
    return _example_of_type(kind if isinstance(kind, str) else kind[0], schema, depth)


def _example_of_type(kind: str, schema: dict, depth: int) -> object:
    match kind:
        case "object":
            known = schema.get("properties", {})
            required = {key: example(known[key], depth + 1) for key in schema.get("required", ())}
            more = schema.get("additionalProperties")
            return required or {"a": example(more if isinstance(more, dict) else {}, depth + 1)}
        case "array":
            return [example(schema.get("items", {}), depth + 1)]
        case "boolean":
            return True
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
    found = next((text for text in TEXTS if re.search(schema.get("pattern", ""), text)), None)
    if found is None:
        raise NoExampleError
    return found


def _example_of_any(alternatives: list[dict], depth: int) -> object:
    for alternative in alternatives:
        with suppress(NoExampleError):
            return example(alternative, depth + 1)
    raise NoExampleError


def mappings(node: object, path: tuple = ()) -> Iterator[tuple[tuple, dict]]:
    """Yield the path of each mapping in a spec, and the mapping."""
    if isinstance(node, dict):
        yield path, node
    for key, value in node.items() if isinstance(node, dict) else ():
        yield from mappings(value, (*path, key))


def with_keys(data: dict, additions: Iterable[Addition]) -> dict:
    """Return a spec with more keys."""
    changed = copy.deepcopy(data)
    for path, value in additions:
        functools.reduce(lambda node, key: node[key], path[:-1], changed)[path[-1]] = value
    return changed


def absent_keys(data: dict) -> Iterator[Addition]:
    """Yield the keys that the schema allows and a spec lacks, each with a value that the schema accepts."""
    kind = kind_of(data)
    for path, node in mappings(data):
        asked = (*path, "no_such_key")
        errors = schema_errors(kind, with_keys(data, [(asked, 1)]))
        for key, schema in next((error.known_keys for error in errors if error.place == asked), {}).items():
            if key not in node and key != "$schema":
                with suppress(NoExampleError):
                    addition = (*path, key), example(schema)
                    if not schema_errors(kind, with_keys(data, [addition])):
                        yield addition


def refused(refusal: Callable[[dict], str], data: dict, additions: list[Addition]) -> Iterator[str]:
    """Yield each key that alone keeps the SDK from loading a spec, and the SDK's reason."""
    reason = refusal(with_keys(data, additions)) if additions else ""
    if reason and len(additions) == 1:
        yield f"{'/'.join(map(str, additions[0][0]))}: {additions[0][1]!r}: {reason:.300}"
    elif reason:
        half = len(additions) // 2
        yield from refused(refusal, data, additions[:half])
        yield from refused(refusal, data, additions[half:])


@pytest.fixture(scope="module")
def load_functions() -> Iterator[object]:
    """The functions by which `az ml` loads specs."""
    pytest.importorskip("azure.ai.ml", reason="azure-ai-ml is not installed")
    warnings.simplefilter("ignore")
    logging.getLogger("azure.ai.ml").setLevel(logging.CRITICAL)
    from azure.ai.ml._schema.core.fields import LocalPathField
    from azure.ai.ml.entities import _load_functions

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalPathField, "_resolve_path", lambda self, value: Path(value))
        yield _load_functions


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_the_sdk_loads_every_key(load_functions, path: Path):
    data = load(path)
    kind = kind_of(data)
    loader = getattr(load_functions, LOADERS.get(kind, f"load_{kind}"))
    trial = SPECS / f"{path.stem}.trial"  # beside the spec, for its paths to lead somewhere

    def refusal(changed: dict) -> str:
        trial.write_text(yaml.safe_dump(changed, sort_keys=False), encoding="utf-8")
        try:
            loaded = loader(source=trial)
            verdict = loaded._validate() if data.get("type") in CHECKED else None
            return str(verdict.error_messages) if verdict and not verdict.passed else ""
        except Exception as error:  # the SDK fails in many ways, KeyError and TypeError among them
            return f"{type(error).__name__}: {error}"
        finally:
            trial.unlink()

    assert not refusal(data)
    additions = [each for each in absent_keys(data) if each[0] not in KNOWN]
    assert additions
    found = refused(refusal, data, additions)
    assert not [each for each in found if not any(words in each for words in DECIDED_ELSEWHERE)]
