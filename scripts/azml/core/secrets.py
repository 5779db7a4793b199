"""Secrets in addresses: SAS signatures, tokens and passwords, which are neither printed nor stored."""

import re

_ADDRESS = re.compile(r"(?<![\w+.\-])([a-z][a-z0-9+.\-]{0,20})://([^\s\"'<>`]+)", re.IGNORECASE)
# What is before the @ is a container there: wasbs://container@account.
_CONTAINERS = ("wasb", "wasbs", "abfs", "abfss")
HIDDEN = "***"


def hide_secrets(text: str) -> str:
    """Return a text with the user names, passwords and query values of its addresses replaced by ``***``."""
    return _ADDRESS.sub(_public, text)


def _public(address: re.Match) -> str:
    scheme, rest = address[1], address[2]
    before, question_mark, query = rest.partition("?")
    authority, slash, path = before.partition("/")
    user, at, host = authority.rpartition("@")
    if at and (":" in user or scheme.lower() not in _CONTAINERS):
        authority = f"{HIDDEN}@{host}"
    values = [_hidden_value(part) for part in query.split("&")] if query else []
    return f"{scheme}://{authority}{slash}{path}{question_mark}{'&'.join(values)}"


def _hidden_value(part: str) -> str:
    name, equals, _ = part.partition("=")
    return f"{name}={HIDDEN}" if equals else HIDDEN
