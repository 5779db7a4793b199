"""What the shared core reads out of a text: bindings, positions, references, assets."""

from pathlib import Path

import pytest
from azml.core.document import Document, load
from azml.core.expressions import find_bindings, find_malformed, render
from azml.core.place import Place
from azml.core.project import Project
from azml.core.references import ASSET, DATASTORE, FILE, GIT, REGISTRY, REMOTE, RESOURCE, parse_reference

NOT_MALFORMED = [
    "${{inputs.x}}",
    "${{ parent.jobs.a.outputs.b }}/part",
    "$[[--x ${{inputs.x}}]]",
    "${VAR:-${{inputs.x}}}",
    "${HOME}/inputs.txt",
    "$(ls inputs)",
    "$(date +%s)",
    "awk '{print $1}'",
    "if [[ -n $x ]]; then y; fi",
    '{"inputs": {"x": 1}}',
]
MALFORMED = [
    ("${{inputs.x} --more", "${{inputs.x}"),
    ("${{inputs.x --b ${{inputs.b}}", "${{inputs.x"),
    ("at the end ${{ outputs.x", "${{ outputs.x"),
    ("${inputs.x}", "${inputs.x}"),
    ("${parent.inputs.x}}", "${parent.inputs.x}}"),
    ("$ {{inputs.x}}", "$ {{inputs.x}}"),
    ("{{inputs.x}}", "{{inputs.x}}"),
    ("{inputs.x}", "{inputs.x}"),
    ("${{{inputs.x}}}", "${{{inputs.x}}}"),
    ("$(search_space.x)", "$(search_space.x)"),
    ("$[[inputs.x]]", "$[[inputs.x]]"),
    ("${Parent.Input.x}", "${Parent.Input.x}"),
]


@pytest.mark.parametrize("text", NOT_MALFORMED)
def test_not_malformed(text: str) -> None:
    assert find_malformed(text) == []


@pytest.mark.parametrize(("text", "wrong"), MALFORMED)
def test_malformed(text: str, wrong: str) -> None:
    assert [text[start:end] for start, end in find_malformed(text)] == [wrong]


@pytest.mark.parametrize(
    ("text", "scope", "job", "name"),
    [
        ("${{parent.inputs.x}}", "parent.inputs", None, "x"),
        ("${{ parent.inputs.group.x }}", "parent.inputs", None, "group.x"),
        ("${{parent.outputs.x}}", "parent.outputs", None, "x"),
        ("${{parent.jobs.a.outputs.x}}", "parent.jobs.outputs", "a", "x"),
        ("${{parent.jobs.a.inputs.x}}", "parent.jobs.inputs", "a", "x"),
        ("${{inputs.x}}", "inputs", None, "x"),
        ("${{search_space.x}}", "search_space", None, "x"),
        ("${{parent.input.x}}", None, None, "parent.input.x"),
        ("${{inputs}}", None, None, "inputs"),
    ],
)
def test_binding(text: str, scope: str | None, job: str | None, name: str) -> None:
    (binding,) = find_bindings(f"before {text} after")
    assert (binding.text, binding.scope, binding.job, binding.name) == (text, scope, job, name)


@pytest.mark.parametrize(
    ("command", "values", "expected"),
    [
        ("--a ${{inputs.a}} $[[--b ${{inputs.b}}]]", {"a": "1", "b": "2"}, "--a 1 --b 2"),
        ("--a ${{inputs.a}} $[[--b ${{inputs.b}}]]", {"a": "1"}, "--a 1 "),
        ("$[[--a ${{ inputs.a }} --b ${{inputs.b}}]]", {"a": "1"}, ""),
    ],
)
def test_render(command: str, values: dict[str, str], expected: str) -> None:
    assert render(command, lambda binding: values.get(binding.name)) == expected


# One command in every style of scalar; the binding must be found where it stands.
STYLES = {
    "plain": "command: run --b ${{inputs.b}}\n",
    "plain over lines": "command: run --a 1\n  --b ${{inputs.b}}\n",
    "folded": "command: >-\n  run --a 1\n\n\n  --b ${{inputs.b}}\n",
    "folded, indented": "step:\n    command: >+2\n        run\n        --b ${{inputs.b}}\n",
    "literal": "command: |\n  run \\\n    --b ${{inputs.b}}\n",
    "single quotes": "command: 'run ''it''\n  --b ${{inputs.b}}'\n",
    "double quotes": 'command: "run \\"it\\"\n  --b ${{inputs.b}}"\n',
    "flow": "{command: 'run', step: {command: 'x --b ${{inputs.b}}'}}\n",
    "behind an accent": "# é 数据\ncommand: run é --b ${{inputs.b}}\n",
    "carriage returns": "a: 1\r\ncommand: >-\r\n  run\r\n  --b ${{inputs.b}}\r\n",
}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_position_in_the_source(text: str) -> None:
    document = Document(Path("spec.yml"), text)
    document.parse()
    pointer = ("step", "command") if document.has(("step", "command")) else ("command",)
    found = Place(document, pointer).word("${{inputs.b}}").finding("rule", "message")
    line = text.split("\n")[found.line - 1]
    assert line[found.column - 1 : found.end_column - 1] == "${{inputs.b}}"


def test_position_through_an_alias_and_a_merge() -> None:
    document = Document(Path("spec.yml"), "base: &b {x: 1}\na: *b\nc:\n  <<: *b\n  y: 2\n")
    document.parse()
    places = [
        Place(document, pointer).finding("rule", "") for pointer in (("a", "x"), ("c", "x"), ("c", "y"))
    ]
    assert [(each.line, each.column) for each in places] == [(1, 14), (1, 14), (5, 6)]
    assert document.data == {"base": {"x": 1}, "a": {"x": 1}, "c": {"x": 1, "y": 2}}


WORKSPACE = (
    "azureml:/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
)


@pytest.mark.parametrize(
    ("text", "kind", "name", "version", "label"),
    [
        ("./train.yml", FILE, "", None, None),
        ("file:../train.yml", FILE, "", None, None),
        ("azureml:train:3", ASSET, "train", "3", None),
        ("azureml:train@latest", ASSET, "train", None, "latest"),
        ("azureml:train", ASSET, "train", None, None),
        ("azureml://registries/r/environments/e/versions/2", REGISTRY, "e", "2", None),
        ("azureml://registries/r/components/c/labels/latest", REGISTRY, "c", None, "latest"),
        ("azureml://datastores/d/paths/p", DATASTORE, "", None, None),
        (f"{WORKSPACE}/environments/e/versions/1", RESOURCE, "e", "1", None),
        ("https://example.org/data.csv", REMOTE, "", None, None),
        ("git+https://example.org/code.git", GIT, "", None, None),
    ],
)
def test_reference(text: str, kind: str, name: str, version: str | None, label: str | None) -> None:
    found = parse_reference(text)
    assert (found.kind, found.name, found.version, found.label) == (kind, name, version, label)


@pytest.mark.parametrize(
    ("text", "folder", "expected"),
    [
        ("azureml:train:1", ".", "old/train.yml"),
        ("azureml:train@latest", ".", "new/train.yml"),
        ("azureml:train", ".", "new/train.yml"),
        ("azureml:train:10", "a", "a/train.yml"),
        ("azureml:train:10", "b", "b/train.yml"),
        ("azureml:train:4", ".", None),
        ("azureml:other:1", ".", None),
    ],
)
def test_asset(text: str, folder: str, expected: str | None, tmp_path: Path) -> None:
    versions = {"old": 1, "new": 11, "a": 10, "b": 10, "odd": "²"}
    for name, version in versions.items():
        (tmp_path / name).mkdir()
        spec = f"type: command\nname: train\nversion: '{version}'\ncommand: echo\nenvironment: azureml:e:1\n"
        (tmp_path / name / "train.yml").write_text(spec)
    near = tmp_path / folder / "pipeline.yml"
    found = Project(tmp_path).find_asset("component", parse_reference(text), near)
    assert (found and found.path.relative_to(tmp_path).as_posix()) == expected


def test_a_broken_file_gives_findings_and_no_exception(tmp_path: Path) -> None:
    path = tmp_path / "spec.yml"
    path.write_bytes(b"\xff\xfe\x00a")
    assert [each.rule for each in load(path).findings] == ["yaml-syntax"]
