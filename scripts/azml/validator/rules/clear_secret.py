"""A key, token or password in clear text: whoever reads the repository has it.

Bad:
    credentials:
      account_key: 5hwtA...

Fix: leave credentials out (identity-based access) or pass them with --set when the datastore is created.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-datastore (identity-based access).
"""

from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.finding import WARNING, Finding
from azml.validator.specs import SpecProject

ID = "clear-secret"

_KEYS = (
    "account_key",
    "sas_token",
    "client_secret",
    "password",
    "pat",
    "access_key_secret",
    "secret_access_key",
)
_PLACEHOLDER = ("<", "$", "{", "*")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a warning at every secret that is written out."""
    for document, pointer, credentials in project.places("credentials"):
        for key, value in mapping(credentials).items():
            if key in _KEYS and isinstance(value, str) and not value.startswith(_PLACEHOLDER):
                message = f"the {key} stands here for everyone to read"
                yield document.finding(ID, message, (*pointer, key), severity=WARNING)
