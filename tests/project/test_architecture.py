"""How the code is built: cli -> validator, runner -> core, and what each part may import."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from layout import ROOT

AZML = ROOT / "scripts" / "azml"
# What `pip install azml` brings: the validator starts quickly and goes into other people's pre-commit.
LIGHT = {"packaging", "pathspec", "yaml"}


def modules(*parts: str) -> list[Path]:
    """Return the modules of the given folders of the package, or all."""
    return sorted(path for part in parts or (".",) for path in (AZML / part).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a module imports, anywhere in it."""
    return imports_in(tree(path), path)


def imports_in(code: ast.AST, path: Path) -> Iterator[str]:
    """Yield the full names of the modules that a part of a module imports."""
    package = ("azml", *path.relative_to(AZML).parts[:-1])
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


def importers(paths: list[Path], *forbidden: str) -> list[str]:
    """Return "module: import" for each import of a forbidden module or of what is in it."""
    return [
        f"{path.relative_to(AZML)}: {name}"
        for path in paths
        for name in imports(path)
        if any(f"{name}.".startswith(f"{prefix}.") for prefix in forbidden)
    ]


def test_core_imports_neither_half_nor_the_command_line():
    assert importers(modules("core"), "azml.validator", "azml.runner", "azml.cli", "azml.lsp") == []


def test_the_halves_never_import_each_other():
    assert importers(modules("validator"), "azml.runner", "azml.cli", "azml.lsp") == []
    assert importers(modules("runner"), "azml.validator", "azml.cli") == []


def test_the_parts_of_the_runner_import_one_way():
    """Its folders, and the modules beside them; what only types need is left out."""
    parts: dict[str, set[str]] = {}
    for path in modules("runner"):
        part = path.relative_to(AZML / "runner").parts[0].removesuffix(".py")
        typing = [node for node in tree(path).body if ast.unparse(node).startswith("if TYPE_CHECKING:")]
        needless = {name for node in typing for name in imports_in(node, path)}
        names = [name.split(".") for name in set(imports(path)) - needless]
        needed = {each[2] for each in names if each[:2] == ["azml", "runner"] and len(each) > 2}
        parts.setdefault(part, set()).update(needed - {part})
    order = list(TopologicalSorter(parts).static_order())  # raises CycleError
    assert order[-1] == "run"


def test_core_and_validator_start_no_process_but_uv():
    others = [path for path in modules("core", "validator") if path != AZML / "core" / "uv.py"]
    assert importers(others, "subprocess", "multiprocessing") == []


def test_core_and_validator_need_only_light_packages():
    outside = {name.split(".")[0] for path in modules("core", "validator") for name in imports(path)}
    assert outside - sys.stdlib_module_names - {"azml"} <= LIGHT


def test_only_tracking_imports_mlflow():
    others = [path for path in modules() if path.parent != AZML / "runner" / "tracking"]
    assert importers(others, "mlflow") == []


def test_no_part_imports_azure():
    assert importers(modules(), "azure") == []


def test_core_and_rules_never_print():
    names = {"print", "sys.stdout.write", "sys.stderr.write"}
    printing = [
        f"{path.relative_to(AZML)}:{node.lineno}"
        for path in modules("core", "validator/rules")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names
    ]
    assert printing == []
