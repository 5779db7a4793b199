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
    """A call such as ``mlflow.log_metric(...)`` or ``mlflow.sklearn.log_model(...)``."""

    source: Source
    node: ast.Call

    @property
    def name(self) -> str:
        """What is called, as written."""
        return ast.unparse(self.node.func)

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
        for node in _calls_in(source.tree) if "mlflow" in source.text else ():
            call = MlflowCall(source, node)
            if call.name.startswith("mlflow.") and _is_logging(call.name.rpartition(".")[2]):
                yield call


def _is_logging(name: str) -> bool:
    return name.startswith("log_") or name in _OTHER_CALLS


@lru_cache(maxsize=256)
def _calls_in(tree: ast.Module) -> tuple[ast.Call, ...]:
    return tuple(_calls(tree))


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            yield child
        if not isinstance(child, ast.Try):
            yield from _calls(child)
