"""A package that a job's or a deployment's scripts need and their conda file does not install.

Bad:
    command: python fit.py       # fit.py: import sklearn
    environment:
      image: mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04
      conda_file: {dependencies: [python=3.11, pip, {pip: [pandas]}]}

Fix: add the package to the conda file. A script that logs with mlflow needs azureml-mlflow as well. Reported
only where everything installed is known: Microsoft's bare base image, and a conda file of common packages or
one that azml run has built here. Also a module of the standard library that the declared Python does not
have. Imports in functions and under if or try are not looked at.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-use-mlflow-configure-tracking (for
azureml-mlflow); the packages' own metadata for what they bring.
"""

from collections.abc import Iterator

from azml.core.finding import Related
from azml.validator import standard_library
from azml.validator.environments import EnvironmentUse
from azml.validator.findings import Findings, error
from azml.validator.imports import Code, Source, imports
from azml.validator.mlflow_calls import calls_to_server
from azml.validator.packages import Holdings, Owned, holdings
from azml.validator.rule import Rule
from azml.validator.scripts import at_line

RULE = Rule("missing-package", since="0.2")

_CHANGES_PATH = ("sys.path", "site.addsitedir", "importlib")
# What is needed, why, and the line that needs it.
_Need = tuple[str, str, tuple[Related]]


def check_environment(use: EnvironmentUse) -> Findings:
    held, told = holdings(use.environment), set()
    if held is None or use.environment.conda is None:
        return
    for code, sources in use.readable:
        for what, why, related in _needs(code, sources, held):
            if what not in told:
                told.add(what)
                place = use.environment.conda
                yield error(f"{what}: {why}", place, "dependencies", key=True, related=related)


def _needs(code: Code, sources: list[Source], held: Holdings) -> Iterator[_Need]:
    local = code.local_names
    if local is None:
        return
    looks_elsewhere = any(word in source.text for source in sources for word in _CHANGES_PATH)
    for source in sources:
        for each in imports(source):
            missing = held.lacks(each.names) if not each.level else None
            is_known = missing and (missing.package or not looks_elsewhere)
            if missing and is_known and missing.module.partition(".")[0] not in local:
                why = f"{source.path.name} imports {missing.module}"
                yield _what(missing, held), why, at_line(source.path, each.line, 1, "imported here")
    if held.has("mlflow") and not held.has("azureml.mlflow"):
        for call in calls_to_server(code, sources):
            path = call.source.path
            why = f"{path.name} logs with mlflow, which cannot reach Azure ML without it"
            related = at_line(path, call.node.lineno, 1, "logged here")
            yield "azureml-mlflow is not installed", why, related


def _what(missing: Owned, held: Holdings) -> str:
    if missing.package:
        return f"{missing.package} is not installed"
    if standard_library.has_name(missing.module):
        return f"Python {held.python} has no module {missing.module}"
    return f"nothing here brings the module {missing.module}"
