"""The metrics that scripts log, where their names can be read."""

import ast
import re
import sys
from collections.abc import Collection, Iterable

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


# What logs no metric by itself, beside Python's own modules.
_SILENT = {
    "azureml",
    "joblib",
    "matplotlib",
    "mlflow",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "seaborn",
    "sklearn",
}


def logged_metrics(sources: Collection[Source]) -> set[str] | None:
    """Return the names of the metrics that scripts log; None where they are not all known."""
    names: set[str] = set()
    for source in sources:
        if _OTHERS.search(source.text):
            return None
        for node in ast.walk(source.tree):
            found = _names(node) if isinstance(node, ast.Call) else set()
            if found is None:
                return None
            names |= found
    return names if names or not _imported(sources) - _SILENT - sys.stdlib_module_names else None


def _imported(sources: Collection[Source]) -> set[str]:
    """Return the modules that scripts import anywhere and that are not among the scripts themselves."""
    names: set[str] = set()
    for node in (node for source in sources for node in ast.walk(source.tree)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or ".").partition(".")[0])
    return names - {name for source in sources for name in (source.path.stem, source.path.parent.name)}


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
