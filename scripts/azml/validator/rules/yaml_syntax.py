"""Invalid YAML, or YAML that cannot be a spec: tabs, two documents, a list.

Bad:
    description: Note: trains on the sample

Fix: quote values that contain ": " or " #"; indent with spaces, not tabs.

Source: https://yaml.org/spec/1.2.2/
"""

from azml.core.place import Place
from azml.core.rule_ids import YAML_SYNTAX
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule(YAML_SYNTAX)


def check_project(project: SpecProject) -> Findings:
    for document in project.documents:  # the rest is found while the file is read
        if isinstance(document.data, list) and "azuremlschemas" in document.text:
            yield error("a spec must be a mapping, not a list", Place(document))
