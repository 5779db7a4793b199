"""Imports point one way: validator and runner build on the core, and never on each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from layout import ROOT

AZML = ROOT / "scripts" / "azml"
MODULES = sorted(AZML.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a module imports, anywhere in it."""
    package = ("azml", *path.relative_to(AZML).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


def calls(path: Path) -> set[str]:
    """Return the names that a module calls."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(AZML)))
def test_imports_point_one_way(path):
    part = path.relative_to(AZML).parts[0]
    found = set(imports(path))
    forbidden = {
        "core": ("azml.validator", "azml.runner", "subprocess", "jsonschema"),
        "validator": ("azml.runner", "subprocess", "rich", "azure"),
        "runner": ("azml.validator", "azure"),
    }.get(part, ())
    assert not [name for name in found if name.startswith(forbidden)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(AZML)))
def test_only_tracking_knows_mlflow(path):
    knows = any(name.split(".")[0] == "mlflow" for name in imports(path))
    assert not knows or path == AZML / "runner" / "tracking.py"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.parent.name in ("core", "rules")],
    ids=lambda path: str(path.relative_to(AZML)),
)
def test_core_and_rules_never_print(path):
    assert "print" not in calls(path)


def test_validator_needs_only_yaml_and_jsonschema():
    from sys import stdlib_module_names

    outside = {
        name.split(".")[0]
        for path in MODULES
        if path.relative_to(AZML).parts[0] in ("core", "validator")
        for name in imports(path)
    }
    assert outside - stdlib_module_names == {"azml", "yaml", "jsonschema"}
