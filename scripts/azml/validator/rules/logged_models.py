"""A script that logs a model where MLflow 3 is, or may be, installed: Azure ML answers with 404.

Bad:
    - pip:
        - mlflow               # fit.py: mlflow.sklearn.log_model(model, name="line")
        - azureml-mlflow

Fix: pin mlflow below 3; or write the model with save_model, and use autolog(log_models=False). A warning
where another version may be installed, and for autolog, which goes on without the model.

Source: https://github.com/Azure/azure-sdk-for-python/issues/44896 (MLflow 3 asks for /mlflow/logged-models,
which Azure ML's server does not have, 2026-11); some azureml-mlflow before 1.61 accept no MLflow 3.
"""

from azml.core.environment import WHOLE, Environment, Requirement
from azml.core.finding import ERROR, WARNING
from azml.validator.environments import EnvironmentUse
from azml.validator.findings import Findings, error
from azml.validator.mlflow_calls import calls_to_server
from azml.validator.packages import normalized
from azml.validator.rule import Rule
from azml.validator.scripts import at_line

RULE = Rule("logged-models", since="0.2")

# Versions to try a specifier with; of azureml-mlflow those that accept MLflow 3.
_TWO = [f"2.{minor}.{micro}" for minor in range(23) for micro in range(6)]
_THREE = [f"3.{minor}.{micro}" for minor in range(40) for micro in range(6)]
_PLUGINS = [f"1.{minor}.0" for minor in range(61, 80)]
_PLUGINS += [f"{version}.post{post}" for version in _PLUGINS for post in range(1, 10)]
# MLflow 3 needs this Python (https://pypi.org/project/mlflow/3.0.0/).
_PYTHON = (3, 9)


def check_environment(use: EnvironmentUse) -> Findings:
    required = {normalized(each.text): each for each in use.environment.requirements}
    mlflow = required.get("mlflow") or required.get("mlflow-skinny") or required.get("azureml-mlflow")
    if mlflow is None:
        return
    logged = (call for code, sources in use.readable for call in calls_to_server(code, sources))
    calls = sorted((call for call in logged if call.logs_model), key=lambda call: call.is_autolog)
    if not calls:
        return
    is_certain = _allows(mlflow, _THREE) and not _allows(mlflow, _TWO)
    if not is_certain and not _may_be_three(use.environment, required):
        return
    call = calls[0]
    effect = "loses the model" if call.is_autolog else "fails"
    what = "is" if is_certain else "may install"
    message = f"this {what} MLflow 3, whose {call.name} {effect} on Azure ML (404); pin mlflow below 3"
    severity = ERROR if is_certain and not call.is_autolog else WARNING
    related = at_line(call.source.path, call.node.lineno, 1, "called here")
    yield error(message, mlflow.place, severity=severity, related=related)


def _may_be_three(environment: Environment, required: dict[str, Requirement]) -> bool:
    """Tell whether the newest MLflow would be installed: nothing here holds it below 3."""
    python = environment.python_minor
    if environment.known != WHOLE or (python and tuple(map(int, python.split("."))) < _PYTHON):
        return False
    limits = {"mlflow": _THREE, "mlflow-skinny": _THREE, "azureml-mlflow": _PLUGINS}
    return all(_allows(required[name], newest) for name, newest in limits.items() if name in required)


def _allows(requirement: Requirement, versions: list[str]) -> bool:
    """Tell whether a requirement accepts one of some versions; one that cannot be read accepts none."""
    # Imported here: few environments have MLflow.
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        specifier = Parsed(requirement.text).specifier
    except InvalidRequirement:
        return False
    return any(specifier.contains(version) for version in versions)
