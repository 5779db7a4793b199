"""Something that works but gets no more fixes: an old Python, SDK v1, an old curated environment.

Bad:
    environment: azureml:AzureML-sklearn-0.24-ubuntu18.04-py37-cpu@latest

Fix: use a maintained version: Python 3.11 or later, azure-ai-ml and mlflow in place of azureml-core, a
curated environment of the azureml registry. Advice, so the rule is off by default.

Source: https://devguide.python.org/versions/; SDK v1's support ended on 2026-06-30
(https://learn.microsoft.com/azure/machine-learning/v1/introduction); https://ubuntu.com/about/release-cycle.
"""

import re

from azml.core.environment import Environment
from azml.core.finding import WARNING
from azml.validator.environments import EnvironmentUse
from azml.validator.findings import Findings, warning
from azml.validator.imports import imports
from azml.validator.packages import normalized
from azml.validator.rule import Rule
from azml.validator.scripts import at_line

RULE = Rule("out-of-support", severity=WARNING, is_default=False, since="0.2")

_PYTHONS = {
    "2.7": "2020-01",
    "3.5": "2020-09",
    "3.6": "2021-12",
    "3.7": "2023-06",
    "3.8": "2024-10",
    "3.9": "2025-10",
    "3.10": "2026-10",
}
_SDK_V1 = re.compile(r"azureml-(?:core|sdk|widgets|pipeline(?:-\w+)*|train(?:-\w+)*)")
_ENDED = "SDK v1, whose support ended on 2026-06-30; use azure-ai-ml"
_OLD_PLATFORM = re.compile(r"azureml:(?P<name>AzureML-[^:@]*?(?:ubuntu(?:16|18|20)\.?04|-py3[6-9])[^:@]*)")


def check_environment(use: EnvironmentUse) -> Findings:
    environment = use.environment
    date = _PYTHONS.get(environment.python_minor)
    if date and environment.python_place:
        message = f"Python {environment.python_minor} has had no security fixes since {date}"
        yield warning(message, environment.python_place)
    if match := _OLD_PLATFORM.match(environment.name):
        message = "this curated environment is of a platform that is out of support"
        yield warning(message, environment.place, text=match["name"])
    yield from _check_sdk(use, environment)


def _check_sdk(use: EnvironmentUse, environment: Environment) -> Findings:
    listed = [each for each in environment.requirements if _SDK_V1.fullmatch(normalized(each.text))]
    for requirement in listed if environment.conda else ():
        yield warning(f"{normalized(requirement.text)} belongs to {_ENDED}", requirement.place)
    for code, sources in use.readable if not listed else ():
        lines = [each for one in sources for each in imports(one) if "azureml.core" in each.names]
        if lines:
            related = at_line(lines[0].path, lines[0].line, 1, "imported here")
            yield warning(f"azureml.core, which this imports, is {_ENDED}", code, related=related)
