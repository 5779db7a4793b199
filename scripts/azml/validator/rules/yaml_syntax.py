"""Text that is not YAML, or YAML that no spec can be: tabs, two documents, endless aliases.

Bad:
    inputs:
        rate: 0.1

Fix: indent with spaces; quote values that hold ": " or " #".

Source: https://yaml.org/spec/1.2.2/
"""

from azml.core.place import Place
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("yaml-syntax")


def check_project(project: SpecProject) -> Findings:
    for document in project.documents:  # the rest is found while the text is read
        if isinstance(document.data, list) and "azuremlschemas" in document.text:
            yield error("a spec is a mapping of keys to values, not a list", Place(document))
