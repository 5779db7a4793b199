"""A ``code`` that is neither a local path nor a registered code asset.

Bad:
    code: git+https://github.com/org/repository.git

Fix: check out or download the code and give the local folder.

Source: azure-ai-ml entities/_component/code.py ("git paths are not supported"); a URL is looked for as a
local folder, and a datastore path fails with "Failed to extract version" (azure-sdk-for-python issues 34505,
39238, 42281).
"""

from azml.core.expressions import find_bindings
from azml.core.references import DATASTORE, GIT, JOB, REMOTE, parse_reference
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("remote-code", since="0.2")

_WHAT = {GIT: "a git URL", REMOTE: "a URL", DATASTORE: "a datastore path", JOB: "the output of a job"}


def check_project(project: SpecProject) -> Findings:
    for place in project.places("code"):
        what = _WHAT.get(parse_reference(place.text).kind)
        if what and not find_bindings(place.text):
            yield error(f"code cannot be {what}; give a local folder", place)
