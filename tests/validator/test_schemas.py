"""The JSON Schemas: silent on what Azure ML accepts, and precise about where a mistake is."""

import copy
import fnmatch
import functools
import json
from pathlib import Path

import pytest
from azml.core.kinds import kind_by_shape
from azml.validator.schema.keywords import TESTS, WALKS, SchemaValidator
from jsonschema import Draft202012Validator
from layout import ROOT
from schemas import INDEX, SCHEMAS, SPEC_FILES, kind_of, load, schema_errors, spec


def errors(data: dict) -> list[tuple[str, str | None]]:
    """Where the schema finds mistakes and by which keyword."""
    found = schema_errors(kind_of(data), data)
    return [("/".join(map(str, error.place)), error.keyword) for error in found]


def edited(data: dict, path: str, value: object) -> dict:
    """A copy with the value at `path` ("jobs/clean/type") set; `...` removes it."""
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    changed = copy.deepcopy(data)
    target = functools.reduce(lambda node, key: node[key], parents, changed)
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return changed


# -- what must stay silent -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_accepts_a_right_spec(path: Path):
    assert errors(load(path)) == []


SILENT = {
    "a word in another case": ("command_job", "identity/type", "UserIdentity"),
    "a word in camel case": ("automl_image_job", "primary_metric", "MeanAveragePrecision"),
    "the tag of a union in another case": ("pipeline_job", "jobs/tune/search_space/rate/type", "Uniform"),
    "a number in quotes": ("command_job", "limits/timeout", "3600"),
    "a number where text holds one too": ("command_component", "inputs/limit/min", "1"),
    "a truthy word": ("pipeline_job", "settings/force_rerun", "yes"),
    "zero for false": ("command_component", "is_deterministic", 0),
    "a binding for a number in a step": (
        "pipeline_job",
        "jobs/clean/limits/timeout",
        "${{parent.inputs.rate}}",
    ),
    "a binding inside text": ("pipeline_job", "jobs/clean/display_name", "run ${{ parent.inputs.rate }}"),
    "a binding for an output": ("pipeline_job", "jobs/clean/outputs/kept", "${{parent.outputs.model}}"),
    "an input as its value alone": ("pipeline_job", "inputs/rate", False),
    "an output without settings": ("pipeline_job", "outputs/model", None),
    "an environment in its own file": ("command_job", "environment", "file:./env.yml"),
    "an environment from a registry": (
        "command_job",
        "environment",
        "azureml://registries/r/environments/e/labels/latest",
    ),
    "a component in its own file": ("pipeline_job", "jobs/clean/component", "./clean.yml"),
    "a key that only the service sets": ("command_job", "status", "Completed"),
    "a step without type": ("pipeline_job", "jobs/clean/type", ...),
    "a parallel step without type": ("pipeline_job_other_steps", "jobs/score/type", ...),
    "a sweep step without type": ("pipeline_job", "jobs/tune/type", ...),
    "an input without type, in a mode of tables": ("pipeline_job_other_steps", "inputs/images/type", ...),
    "a version that is a number": ("environment", "version", 3),
    "a name that the command line gives": ("managed_online_deployment", "endpoint_name", ...),
}


@pytest.mark.parametrize(("name", "path", "value"), SILENT.values(), ids=SILENT)
def test_stays_silent_on(name: str, path: str, value: object):
    assert errors(edited(spec(name), path, value)) == []


# -- one mistake, one error, at the right place --------------------------------------------------------

MISTAKES = {
    "unknown key": ("command_job", "comand_line", "x", "comand_line", "additionalProperties"),
    "unknown key in a step": (
        "pipeline_job",
        "jobs/clean/enviroment",
        "x",
        "jobs/clean/enviroment",
        "additionalProperties",
    ),
    "unknown key in settings": (
        "pipeline_job",
        "settings/default_datestore",
        "x",
        "settings/default_datestore",
        "additionalProperties",
    ),
    "missing key": ("command_job", "command", ..., "", "required"),
    "missing key of one kind of distribution": (
        "sweep_job",
        "search_space/depth/type",
        ...,
        "search_space/depth",
        "required",
    ),
    "wrong tag": ("pipeline_job", "jobs/clean/type", "comand", "jobs/clean/type", "enum"),
    "wrong tag at the top": ("command_job", "type", "Command", "type", "enum"),
    "tag left out": ("pipeline_job", "type", ..., "", "required"),
    "wrong word": ("command_component", "inputs/rows/type", "uri_foldr", "inputs/rows/type", "enum"),
    "exact word in another case": (
        "command_component",
        "inputs/limit/type",
        "Integer",
        "inputs/limit/type",
        "enum",
    ),
    "text for a number": ("command_job", "limits/timeout", "long", "limits/timeout", "type"),
    "text for a number in a step": (
        "pipeline_job",
        "jobs/clean/limits/timeout",
        "long",
        "jobs/clean/limits/timeout",
        "type",
    ),
    "list for a mapping": ("command_job", "inputs", [1], "inputs", "type"),
    "null for a mapping": ("command_job", "limits", None, "limits", "type"),
    "number for text": ("command_job", "command", 5, "command", "type"),
    "environment without prefix": ("command_job", "environment", "churn-env:3", "environment", "pattern"),
    "a reference with a slash": (
        "command_job",
        "environment",
        "azureml:churn/env:1",
        "environment",
        "pattern",
    ),
    "text for an output": (
        "pipeline_job",
        "jobs/clean/outputs/kept",
        "./kept",
        "jobs/clean/outputs/kept",
        "pattern",
    ),
    "capitals in a step's name": (
        "pipeline_job",
        "jobs/Clean",
        {"component": "azureml:c:1"},
        "jobs/Clean",
        "propertyNames",
    ),
    "jobs beside a component": ("pipeline_job_component", "jobs", {}, "jobs", "not"),
    "a rule of one branch of a union": (
        "workspace",
        "managed_network/outbound_rules/1/destination/protocol",
        ...,
        "managed_network/outbound_rules/1/destination",
        "required",
    ),
    "version without name": ("command_job", "outputs/model/name", ..., "outputs/model", "dependentRequired"),
}


@pytest.mark.parametrize(("name", "path", "value", "where", "keyword"), MISTAKES.values(), ids=MISTAKES)
def test_finds_one_error(name: str, path: str, value: object, where: str, keyword: str | None):
    assert errors(edited(spec(name), path, value)) == [(where, keyword)]


def test_reports_each_unknown_and_each_missing_key():
    data = {
        "$schema": "https://x/commandJob.schema.json",
        "type": "command",
        "comand": "x",
        "enviroment": "y",
    }
    found = schema_errors("job", data)
    assert sorted(e.place[0] for e in found if e.keyword == "additionalProperties") == [
        "comand",
        "enviroment",
    ]
    assert sorted(e.wanted for e in found if e.keyword == "required") == ["command", "environment"]


# -- the keywords mean what JSON Schema says, on these values ------------------------------------------

KEYWORDS = {
    "$ref": {"$ref": "#/$defs/short", "$defs": {"short": {"maxItems": 1}}},
    "additionalProperties": {"properties": {"a": {}}, "additionalProperties": {"type": "string"}},
    "allOf": {"allOf": [{"type": ["number", "null"]}, {"maximum": 2}]},
    "anyOf": {"anyOf": [{"type": "array"}, {"properties": {"a": {"enum": [1]}}, "type": "object"}]},
    "dependentRequired": {"dependentRequired": {"a": ["b"]}},
    "enum": {"enum": ["a", True, None]},
    "if": {"if": {"type": "integer"}, "then": {"minimum": 2}, "else": {"type": "string"}},
    "items": {"items": {"type": "integer"}},
    "maxItems": {"maxItems": 1},
    "maxProperties": {"maxProperties": 1},
    "maximum": {"maximum": 2},
    "minItems": {"minItems": 2},
    "minProperties": {"minProperties": 2},
    "minimum": {"minimum": 2},
    "not": {"not": {"type": "object"}},
    "pattern": {"pattern": "^[a-c]*$"},
    "properties": {"properties": {"a": {"type": "integer"}}},
    "propertyNames": {"propertyNames": {"pattern": "^a"}},
    "required": {"required": ["a"]},
    "type": {"type": ["integer", "boolean"]},
    "uniqueItems": {"uniqueItems": True},
}
VALUES = [
    *(None, True, 1, 2, 2.0, 2.5, 3, "", "a", "abcd"),
    *([], ["a"], ["a", "a"], ["a", "b"], [1, 2], [1, "a"]),
    *({}, {"a": 1}, {"a": "b"}, {"b": "c"}, {"a": 1, "b": "c"}, {"a": 1, "b": 2}),
]


def test_every_keyword_is_compared():
    assert set(KEYWORDS) == {*TESTS, *WALKS}


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_keyword_means_what_json_schema_says(keyword: str):
    schema = KEYWORDS[keyword]
    ours = [SchemaValidator({"$defs": {}, **schema}).accepts(value, schema) for value in VALUES]
    assert ours == [Draft202012Validator(schema).is_valid(value) for value in VALUES]
    assert len(set(ours)) == 2


def test_recognises_only_the_kind_of_a_spec_without_its_address():
    """Where the shape tells a kind, it is the right one."""
    for path in SPEC_FILES:
        data = load(path)
        address = data.pop("$schema")
        assert kind_by_shape(data) in (None, kind_of({"$schema": address})), path.name


# -- editors -------------------------------------------------------------------------------------------


def test_the_editor_uses_the_right_schema_for_each_spec_of_the_project():
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    mapped = settings["yaml.schemas"]
    specs = [p for p in ROOT.glob("[!.]*/**/*.yml") if "tests" not in p.parts and "$schema" in load(p)]
    for path in [ROOT / "pipeline.yml", *specs]:
        name, schema = path.relative_to(ROOT).as_posix(), INDEX[kind_of(load(path))]["file"]
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        if first.startswith("# yaml-language-server: $schema="):  # counts before the settings
            files = [path.parent / first.partition("=")[2]]
        else:
            files = [ROOT / file for file, globs in mapped.items() if matches(name, globs)]
        assert [file.resolve() for file in files] == [(SCHEMAS / schema).resolve()], name


def matches(name: str, globs: list[str]) -> bool:
    """Tell whether a glob of the editor's, whose ** may be no folder at all, matches a name."""
    return any(fnmatch.fnmatch(name, each) for glob in globs for each in (glob, glob.replace("**/", "")))
