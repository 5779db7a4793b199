"""An environment variable whose value is not a string in YAML.

Bad:
    environment_variables:
      DEBUG: true

Fix: quote the value.

Source: https://github.com/Azure/azure-cli-extensions/issues/8475 (the service takes strings only).
"""

from azml.validator.findings import Findings, error, put
from azml.validator.messages import describe
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("environment-variable")


def check_project(project: SpecProject) -> Findings:
    for place in project.places("environment_variables"):
        if len(place.pointer) == 1 and project.kinds.get(place.document.path) == "component":
            continue  # an unknown key
        for name, value in place.data.items():
            if not isinstance(value, str):
                source = place.document.source((*place.pointer, name))
                hint = "" if isinstance(value, dict | list) else f'; quote it: "{source}"'
                message = f"environment variables must be strings, not {describe(value)}{hint}"
                yield error(
                    message, place, name, fix=put(source if hint else None, place, name, is_safe=True)
                )
