"""How one spec names another: local paths, ``file:``, ``azureml:`` assets, registries, addresses."""

import re
from dataclasses import dataclass
from pathlib import Path

FILE, ASSET, REGISTRY, RESOURCE, DATASTORE, JOB, REMOTE, GIT = (
    "file", "asset", "registry", "resource", "datastore", "job", "remote", "git"
)  # fmt: skip

# Forms: azure-ai-ml constants/_common.py (REGISTRY_URI_REGEX_FORMAT, LABELLED_RESOURCE_ID, ...) and
# https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax
_REGISTRY = re.compile(
    r"azureml://registries/[^/]+/(?P<type>\w+)/(?P<name>[^/]+)"
    r"(?:/versions/(?P<version>[^/]+)|/labels/(?P<label>[^/]+))?/?$"
)
_WORKSPACE_ASSET = re.compile(
    r"azureml:(?://(?:subscriptions|locations)/|/subscriptions/).*?/(?P<type>\w+)/(?P<name>[^/]+)"
    r"/(?:versions/(?P<version>[^/]+)|labels/(?P<label>[^/]+))/?$"
)
_ASSET = re.compile(r"azureml:(?P<name>[^:@/\\]+)(?::(?P<version>[^:@/\\]+)|@(?P<label>[^:@/\\]+))?$")
_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9+.\-]+)://", re.IGNORECASE)


@dataclass(frozen=True)
class Reference:
    """What a text in a spec refers to.

    ``kind`` is one of the constants of this module; ``path`` is set for files (as written, without
    ``file:``), ``name`` and at most one of ``version`` and ``label`` for assets and registries; ``type`` is
    the kind of asset as the text says it, in the plural.
    """

    text: str
    kind: str
    path: str = ""
    name: str = ""
    version: str | None = None
    label: str | None = None
    type: str | None = None

    @property
    def moves(self) -> bool:
        """Tell whether what this names can change without this text changing."""
        return self.kind in (ASSET, REGISTRY) and self.version is None

    def resolve(self, base: Path) -> Path:
        """Return the file's path, relative paths counting from the folder ``base``."""
        return base / Path(self.path)


def parse_reference(text: str) -> Reference:
    """Return what a text refers to."""
    text = text.strip()
    if match := _REGISTRY.match(text):
        return _asset(text, REGISTRY, match)
    if match := _WORKSPACE_ASSET.match(text):
        return _asset(text, RESOURCE, match)
    if text.startswith("azureml://"):
        store = "/datastores/" in text
        return Reference(text, DATASTORE if store else JOB if "/jobs/" in text else RESOURCE)
    if text.startswith(("azureml:/", "/subscriptions/")):
        return Reference(text, RESOURCE)
    if text.startswith("git+"):
        return Reference(text, GIT)
    if text.startswith("file:"):
        return Reference(text, FILE, path=re.sub(r"^file:(//(?=/))?", "", text))
    if _SCHEME.match(text):
        return Reference(text, REMOTE)
    if match := _ASSET.match(text):
        return _asset(text, ASSET, match)
    if text.startswith("azureml:"):
        return Reference(text, ASSET, name=text.removeprefix("azureml:"), version="")
    return Reference(text, FILE, path=text)


def _asset(text: str, kind: str, match: re.Match) -> Reference:
    return Reference(text, kind, **match.groupdict())
