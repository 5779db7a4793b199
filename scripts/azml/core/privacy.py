"""Which values of a document are secrets: what stands under ``credentials``, or under a key named for one."""

import re
from collections.abc import Iterator

from .compose import Node
from .expressions import find_bindings

_NAMED = re.compile(
    r"(?:\w*_)?(?:(?:access|account|api|private|secret|shared|storage|subscription)_?key|access_key_secret"
    r"|(?:client_)?secret|password|passwd|pat|(?:sas|access|auth)?_?token|connection_?string)",
    re.IGNORECASE,
)
# Under `credentials`, what everybody may know.
_PUBLIC = {"type", "tenant_id", "client_id", "authority_url", "resource_url", "authority_uri", "resource_id"}


def secret_nodes(root: Node | None) -> Iterator[Node]:
    """Yield the scalars that hold a secret, in the order of the text; bindings are left out."""
    if root is not None:
        yield from _below(root, is_secret=False)


def _below(node: Node, is_secret: bool) -> Iterator[Node]:
    for key, value in node.children or ():
        name = str(key.data) if key else ""
        inside = (is_secret and name not in _PUBLIC) or name == "credentials"
        if value.children is not None:
            yield from _below(value, inside)
        elif (inside or _NAMED.fullmatch(name)) and _may_be_secret(value.data):
            yield value


def _may_be_secret(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and not find_bindings(value)
