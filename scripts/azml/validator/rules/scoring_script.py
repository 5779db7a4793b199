"""A scoring script without ``init`` or ``run``, or a parallel step's script without ``run``.

Bad:
    code_configuration: {code: ./scoring, scoring_script: score.py}   # score.py: def predict(data): ...

Fix: define ``init()``, called once, and ``run(data)``, called with each request or mini-batch.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-deploy-online-endpoints (scoring script);
azure-ai-ml entities/_job/parallel/parallel_task.py. The image is built before the script is looked at.
"""

import ast
from collections.abc import Iterator

from azml.core.finding import WARNING
from azml.core.paths import is_script, read_text
from azml.validator.files import SCRIPT, FileUse
from azml.validator.findings import Findings, warning
from azml.validator.rule import Rule
from azml.validator.scripts import UNREADABLE, at_line, parse

RULE = Rule("scoring-script", severity=WARNING)

# Azure's own parallel components have no init: azureml-assets, automl_many_models_prs_inferencing.
_WANTED = {"scoring_script": ("init", "run"), "entry_script": ("run",)}


def check_path(use: FileUse) -> Findings:
    if use.role != SCRIPT or not is_script(use.path):
        return
    names = set(_names(read_text(use.path)))
    missing = [name for name in _WANTED.get(str(use.pointer[-1]), ()) if name not in names]
    if missing and "*" not in names:
        message = f"{use.text} does not define {' or '.join(missing)}"
        yield warning(message, use, related=at_line(use.path, 0))


def _names(source: str) -> Iterator[str]:
    """Yield the names a script defines, imports or assigns; ``*``, for any name, if it cannot be parsed."""
    try:
        nodes = list(ast.walk(parse(source)))
    except UNREADABLE:
        yield "*"
        return
    for node in nodes:
        if isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
