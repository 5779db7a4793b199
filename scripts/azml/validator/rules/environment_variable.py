"""An environment variable whose value YAML does not read as a string.

Bad:
    environment_variables:
      DEBUG: true

Fix: quote the value.

Source: https://github.com/Azure/azure-cli-extensions/issues/8475 (the service takes strings only).
"""

from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.finding import Finding
from azml.validator.specs import SpecProject
from azml.validator.words import describe

ID = "environment-variable"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every value that is a number, a boolean, a date or nothing."""
    for document, pointer, variables in project.places("environment_variables"):
        for name, value in mapping(variables).items():
            if not isinstance(value, str):
                source = document.source((*pointer, name))
                hint = "" if isinstance(value, dict | list) else f'; quote it: "{source}"'
                message = f"an environment variable is a string, not {describe(value)}{hint}"
                yield document.finding(ID, message, (*pointer, name))
