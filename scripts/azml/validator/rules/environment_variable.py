"""An environment variable whose value YAML does not read as a string.

Bad:
    environment_variables:
      DEBUG: true

Fix: quote the value.

Source: https://github.com/Azure/azure-cli-extensions/issues/8475 (the service takes strings only and refuses the job).
"""

from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.finding import Finding
from azml.validator.files import places
from azml.validator.specs import SpecProject
from azml.validator.words import describe

ID = "environment-variable"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every value that is a number, a boolean, a date or nothing."""
    for document in map(project.document, list(project.kinds)):
        for pointer in places(document.data, "environment_variables"):
            for name, value in mapping(document.get(pointer)).items():
                if not isinstance(value, str):
                    source = document.source((*pointer, name)) or "nothing"
                    hint = "" if isinstance(value, dict | list) else f'; quote it: "{source}"'
                    message = f"an environment variable is a string, not {describe(value)}{hint}"
                    yield document.finding(ID, message, (*pointer, name))
