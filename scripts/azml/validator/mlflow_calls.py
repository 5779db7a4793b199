"""The calls of MLflow in scripts: which ones talk to the tracking server of Azure ML."""

import ast
from collections.abc import Iterator

from .imports import Source
from .shell import Command

# A script or a command that says so talks to another server.
_OTHER_SERVER = ("set_tracking_uri", "MLFLOW_TRACKING_URI", "set_registry_uri")
_OTHER_CALLS = ("start_run", "autolog", "set_tag", "set_tags", "set_experiment", "register_model")


def calls_to_server(command: Command, sources: list[Source]) -> Iterator[tuple[Source, ast.Call]]:
    """Yield the calls ``mlflow.log_metric(...)``, ``mlflow.sklearn.log_model(...)`` that Azure ML answers.

    Nothing where the code sets a server of its own, and nothing under try.
    """
    texts = (command.document.text, *(source.text for source in sources))
    if any(word in text for word in _OTHER_SERVER for text in texts):
        return
    for source in sources:
        for node in _outside_try(source.tree) if "mlflow" in source.text else ():
            name = called(node)
            if name.startswith("mlflow.") and _is_logging(name.rpartition(".")[2]):
                yield source, node


def called(call: ast.Call) -> str:
    """Return the dotted name of what a call calls, or an empty text."""
    return ast.unparse(call.func) if isinstance(call.func, ast.Attribute) else ""


def _is_logging(name: str) -> bool:
    return name.startswith("log_") or name in _OTHER_CALLS


def _outside_try(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child
        if not isinstance(child, ast.Try):
            yield from _outside_try(child)
