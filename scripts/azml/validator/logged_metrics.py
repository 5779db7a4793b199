"""The metrics that scripts log, where their names can be read."""

import ast
import re
from collections.abc import Iterable

from .imports import Source

# What may log metrics that no call here names: frameworks, callbacks, other processes.
_OTHERS = re.compile(
    r"autolog|callback|report_to|lightning|transformers|Trainer|\.evaluate\(|log_batch|subprocess|os\.system"
    r"|runpy|importlib|keras|ultralytics|tensorboard|SummaryWriter",
    re.IGNORECASE,
)
_ONE = {"log_metric", "log_list", "log_row", "log_table"}
# Objects whose log() is a logarithm or a message.
_NO_METRICS = {"np", "numpy", "math", "cmath", "torch", "tf", "jnp", "cp", "logging", "logger", "log", "F"}


def logged_metrics(sources: Iterable[Source]) -> set[str]:
    """Return the names of the metrics that scripts log; empty where they are not all known, or none."""
    names: set[str] = set()
    for source in sources:
        if _OTHERS.search(source.text):
            return set()
        for node in ast.walk(source.tree):
            found = _names(node) if isinstance(node, ast.Call) else set()
            if found is None:
                return set()
            names |= found
    return names


def _names(call: ast.Call) -> set[str] | None:
    """Return the metrics that a call logs; None where that cannot be read."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    first = call.args[0] if call.args else _keyword(call, "key", "name", "metrics")
    if name in _ONE:
        return _literals([first])
    if name == "log_metrics":
        return _literals(first.keys) if isinstance(first, ast.Dict) else None
    if "log" in name and "metric" in name:
        return None  # mlflow.sklearn.eval_and_log_metrics, a function of the script's own
    if name != "log" or ast.unparse(getattr(call.func, "value", call.func)).partition(".")[0] in _NO_METRICS:
        return set()
    return _literals([first])


def _keyword(call: ast.Call, *names: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg in names), None)


def _literals(nodes: Iterable[ast.expr | None]) -> set[str] | None:
    values = [getattr(node, "value", None) if isinstance(node, ast.Constant) else None for node in nodes]
    return {str(value) for value in values} if all(isinstance(value, str) for value in values) else None
