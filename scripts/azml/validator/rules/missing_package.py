"""A package that a job's or a deployment's scripts need and their conda file does not install.

Bad:
    command: python fit.py       # fit.py: import sklearn
    environment:
      image: mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04
      conda_file: {dependencies: [python=3.11, pip, {pip: [pandas]}]}

Fix: add the package to the conda file. A script that logs with mlflow needs azureml-mlflow as well. Reported
only where everything installed is known: Microsoft's bare base image, and a conda file of common packages.
Imports in functions and under if or try are not looked at.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-use-mlflow-configure-tracking (for
azureml-mlflow); the packages' own metadata for what they bring.
"""

from collections.abc import Iterator

from azml.core.finding import Related
from azml.validator.environments import EnvironmentUse
from azml.validator.findings import Findings, error
from azml.validator.imports import Code, Source, imports
from azml.validator.mlflow_calls import calls_to_server
from azml.validator.packages import installed, modules, package_of
from azml.validator.rule import Rule
from azml.validator.scripts import at_line

RULE = Rule("missing-package", since="0.2")

# A package that is needed, why, and the line that needs it.
_Need = tuple[str, str, tuple[Related]]


def check_environment(use: EnvironmentUse) -> Findings:
    packages, told = installed(use.environment), set()
    if packages is None or use.environment.conda is None:
        return
    for code, sources in use.readable:
        for package, why, related in _needs(code, sources, packages):
            if package not in told:
                told.add(package)
                message = f"{package} is not installed: {why}"
                yield error(message, use.environment.conda, "dependencies", key=True, related=related)


def _needs(code: Code, sources: list[Source], packages: set[str]) -> Iterator[_Need]:
    local, held = code.local_names, modules(packages)
    if local is None:
        return
    for source in sources:
        for each in imports(source):
            found = package_of(each.names) if not each.level else None
            if found and found.module not in held and found.module.partition(".")[0] not in local:
                why = f"{source.path.name} imports {found.module}"
                yield found.package, why, at_line(source.path, each.line, 1, "imported here")
    if "mlflow" in held and "azureml.mlflow" not in held:
        for call in calls_to_server(code, sources):
            path = call.source.path
            why = f"{path.name} logs with mlflow, which cannot reach Azure ML without it"
            yield "azureml-mlflow", why, at_line(path, call.node.lineno, 1, "logged here")
