"""The calls of MLflow in scripts: which ones talk to the tracking server of Azure ML."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .imports import Code, Source

# A script or a command that says so talks to another server.
_OTHER_SERVER = ("set_tracking_uri", "MLFLOW_TRACKING_URI", "set_registry_uri")
_OTHER_CALLS = ("start_run", "autolog", "set_tag", "set_tags", "set_experiment", "register_model")


@dataclass(frozen=True)
class MlflowCall:
    """A call such as ``mlflow.log_metric(...)`` or ``mlflow.sklearn.log_model(...)``; ``name`` is in full."""

    source: Source
    node: ast.Call
    name: str

    @property
    def is_autolog(self) -> bool:
        """Tell whether this is some flavor's autolog, which logs models unless it is told not to."""
        return self.name.endswith(".autolog")

    @property
    def logs_model(self) -> bool:
        """Tell whether the call surely logs a model."""
        told = {"log_models", "disable", None} & {keyword.arg for keyword in self.node.keywords}
        return self.name.endswith(".log_model") or (self.is_autolog and not told)


def calls_to_server(code: Code, sources: list[Source]) -> Iterator[MlflowCall]:
    """Yield the calls that Azure ML's server answers.

    Nothing where the code sets a server of its own or is not a job's, and nothing under try.
    """
    texts = (code.document.text, *(source.text for source in sources))
    if not code.command or any(word in text for word in _OTHER_SERVER for text in texts):
        return
    for source in sources:
        for name, node in _logging_calls(source.tree) if "mlflow" in source.text else ():
            yield MlflowCall(source, node, name)


@lru_cache(maxsize=256)
def _logging_calls(tree: ast.Module) -> tuple[tuple[str, ast.Call], ...]:
    """Return the calls of a script, not under try, that log with MLflow, each with its name in full."""
    found, meanings = [], _meanings(tree)
    for node in _calls(tree) if meanings else ():
        head, dot, rest = ast.unparse(node.func).partition(".")
        name = f"{meanings.get(head, '')}{dot}{rest}"
        if name.startswith("mlflow.") and _is_logging(name.rpartition(".")[2]):
            found.append((name, node))
    return tuple(found)


def _meanings(tree: ast.Module) -> dict[str, str]:
    """Return what the names that a script imports from MLflow mean in full."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                head = each.name.partition(".")[0]
                found[each.asname or head] = each.name if each.asname else head
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return {name: full for name, full in found.items() if full.partition(".")[0] == "mlflow"}


def _is_logging(name: str) -> bool:
    return name.startswith("log_") or name in _OTHER_CALLS


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child
        if not isinstance(child, ast.Try):
            yield from _calls(child)
