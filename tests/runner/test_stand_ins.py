"""The table of local stand-ins: what lives only in a workspace, on this machine."""

import pytest
from azml.cli import main
from checkout import Checkout, job

TABLE = """
[tool.azml.local]
"azureml:numbers" = "data/numbers.csv"
"azureml:numbers:2" = "data/two.csv"
"azureml://datastores/raw/paths/2026/" = "data/raw"
"azureml:say:1" = "parts/say.yml"
"azureml:shop-env:4" = "parts/conda.yml"
"""


@pytest.fixture
def shop(checkout: Checkout) -> Checkout:
    checkout.write("pyproject.toml", TABLE)
    checkout.write("data/numbers.csv", "any")
    checkout.write("data/two.csv", "two")
    checkout.write("data/raw/may/x.csv", "may")
    checkout.write("parts/conda.yml", {"dependencies": ["python>=3", {"pip": ["pyyaml"]}]})
    say = {"type": "command", "command": "echo said > ${{outputs.out}}", "environment": {"image": "i"}}
    checkout.write("parts/say.yml", say | {"name": "say", "outputs": {"out": {"type": "uri_file"}}})
    return checkout


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("azureml:numbers:1", "any"),
        ("azureml:numbers@latest", "any"),
        ("azureml:numbers:2", "two"),
        ("azureml://datastores/raw/paths/2026/may/x.csv", "may"),
    ],
)
def test_data(shop: Checkout, path: str, text: str) -> None:
    step = job("cat ${{inputs.x}} > ${{outputs.out}}", "out", environment="azureml:shop-env:4")
    shop.pipeline({"a": step | {"inputs": {"x": {"type": "uri_file", "path": path}}}})
    assert shop.run().output("a") == text


def test_component(shop: Checkout) -> None:
    shop.pipeline({"a": {"type": "command", "component": "azureml:say:1"}})
    assert shop.run().output("a") == "said"


def test_a_component_is_checked_as_any_other(
    shop: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    code = {"code": "./src", "command": "python parts/src/say.py"}
    shop.write("parts/say.yml", code | {"name": "say", "type": "command", "environment": {"image": "i"}})
    shop.write("parts/src/say.py", "")
    shop.pipeline({"a": {"type": "command", "component": "azureml:say:1"}})
    monkeypatch.chdir(shop.folder)
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert "parts/say.yml:2:17: error: 'parts/src/say.py' is not in the code folder ./src" in said


@pytest.mark.parametrize("path", ["azureml:other:1", "azureml://datastores/raw/paths/2025/x.csv"])
def test_refusal_names_the_line_to_add(shop: Checkout, path: str) -> None:
    shop.pipeline({"a": job("true") | {"inputs": {"x": {"type": "uri_file", "path": path}}}})
    said = shop.refused()
    assert f'add "{path}" = "PATH" to [tool.azml.local] in pyproject.toml' in said
    assert "--set jobs.a.inputs.x.path=PATH" in said


def test_refusal_of_registered_data_without_its_file(shop: Checkout) -> None:
    schema = "https://azuremlschemas.azureedge.net/latest/data.schema.json"
    spec = {"$schema": schema, "name": "sales", "type": "uri_file", "path": "./sales.csv"}
    shop.write("data/sales.yml", spec)
    shop.pipeline({"a": job("true", inputs={"x": {"type": "uri_file", "path": "azureml:sales@latest"}})})
    said = shop.refused()
    assert "the data ./sales.csv does not exist (data/sales.yml); " in said
    assert 'add "azureml:sales@latest" = "PATH" to [tool.azml.local] in pyproject.toml' in said


def test_refusal_names_the_line_to_add_for_a_component(shop: Checkout) -> None:
    shop.pipeline({"a": {"type": "command", "component": "azureml:other:1"}})
    assert 'add "azureml:other:1" = "PATH" to [tool.azml.local] in pyproject.toml' in shop.refused()


def test_a_step_is_not_refused_for_what_its_pipeline_lacks(shop: Checkout) -> None:
    component = {"type": "command", "command": "cat ${{inputs.x}}", "environment": {"image": "i"}}
    shop.write("parts/show.yml", component | {"name": "show", "inputs": {"x": {"type": "uri_file"}}})
    step = {"type": "command", "component": "./parts/show.yml", "inputs": {"x": "${{parent.inputs.x}}"}}
    shop.pipeline({"a": step}, inputs={"x": {"type": "uri_file", "path": "azureml:other:1"}})
    said = shop.refused()
    assert "azureml:other:1" in said and "has no value" not in said


def test_stand_in_that_does_not_exist(shop: Checkout) -> None:
    (shop.folder / "data/two.csv").unlink()
    shop.pipeline({"a": job("true") | {"inputs": {"x": {"type": "uri_file", "path": "azureml:numbers:2"}}}})
    assert "data/two.csv, which stands in for azureml:numbers:2, does not exist" in shop.refused()


def test_table_that_cannot_be_read(shop: Checkout) -> None:
    shop.pipeline({"a": job("true")})
    shop.write("pyproject.toml", '[tool.azml.local]\n"azureml:x:1" = 5\n')
    assert "local.'azureml:x:1' must be a path, not 5" in shop.refused()
