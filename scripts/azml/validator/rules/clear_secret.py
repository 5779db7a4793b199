"""A key, token or password in plain text, readable by anyone who can read the repository.

Bad:
    credentials:
      account_key: 5hwtA...

Fix: use identity-based access, or pass the credentials with --set when the datastore is created.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-datastore (identity-based access).
"""

import re

from azml.core.finding import WARNING
from azml.validator.findings import Findings, warning
from azml.validator.placeholders import OPEN
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("clear-secret", severity=WARNING)

_SECRET = re.compile("account_key|sas_token|client_secret|password|pat|access_key_secret|secret_access_key")
_HIDDEN = re.compile(r"[x*.\-]+", re.IGNORECASE)


def check_project(project: SpecProject) -> Findings:
    for place in project.places("credentials"):
        for key, value in place.data.items():
            is_open = OPEN.match(str(value)) or _HIDDEN.fullmatch(str(value))
            if isinstance(value, str) and not is_open and _SECRET.fullmatch(str(key)):
                yield warning(f"the {key} is readable by anyone who can read this file", place, key)
