"""How one spec names another: local paths, ``azureml:`` assets, registries, datastores, addresses.

``FORMS`` is the one table of what ``azureml:`` texts look like. To parse a text is to find the first form
that it has, a text is readable if it has one, and what an unreadable text was meant to be is the nearest.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path

from .finding import nearest

FILE, ASSET, REGISTRY, RESOURCE, DATASTORE, JOB, REMOTE, GIT, UNREADABLE = (
    "file", "asset", "registry", "resource", "datastore", "job", "remote", "git", "unreadable"
)  # fmt: skip


@dataclass(frozen=True)
class Form:
    """One form of a text: its parts in angle brackets, and whether a message may propose it."""

    text: str
    kind: str
    is_proposed: bool = True

    @property
    def is_versioned(self) -> bool:
        """Tell whether the form names an asset and its version."""
        return "<version>" in self.text


_WORKSPACE = "azureml://subscriptions/<id>/resourcegroups/<group>/workspaces/<workspace>"
_ARM = (
    "azureml:/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.MachineLearningServices"
    "/workspaces/<workspace>"
)
# Sources: azure-ai-ml constants/_common.py (``*_FORMAT``), _utils/_arm_id_utils.py and
# https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax
FORMS = (
    Form("azureml:<name>:<version>", ASSET, is_proposed=False),
    Form("azureml:<name>@<label>", ASSET, is_proposed=False),
    Form("azureml:<name>", ASSET, is_proposed=False),
    Form("azureml://registries/<registry>/<type>/<name>/versions/<version>", REGISTRY),
    Form("azureml://registries/<registry>/<type>/<name>/labels/<label>", REGISTRY, is_proposed=False),
    Form("azureml://registries/<registry>/<type>/<name>/?", REGISTRY, is_proposed=False),
    Form("azureml://datastores/<datastore>/paths/<path>", DATASTORE),
    Form("azureml://jobs/<job>/outputs/<output>/paths/<path>", JOB),
    Form(f"{_WORKSPACE}/datastores/<datastore>/paths/<path>", DATASTORE),
    Form(f"{_ARM}/<type>/<name>/versions/<version>", RESOURCE),
    Form(f"{_ARM}/<type>/<name>/labels/<label>", RESOURCE, is_proposed=False),
    Form("azureml://datastores/workspacemanageddatastore/?", DATASTORE, is_proposed=False),
    Form("azureml://datastores/<datastore>/(?:paths|ExperimentRun/<path>)", DATASTORE, is_proposed=False),
    # Azure's own samples leave out paths.
    Form("azureml://jobs/<job>/outputs/<output>(?:/<path>)?", JOB, is_proposed=False),
    Form(f"{_WORKSPACE}/datastores/<datastore>(?:/paths)?", DATASTORE, is_proposed=False),
    Form(f"{_WORKSPACE}/(?:computes|jobs|connections|[a-z]+Endpoints)/<path>", RESOURCE, is_proposed=False),
    Form("azureml:subscriptions/.*/(?:registries|virtualclusters)/<path>", RESOURCE, is_proposed=False),
    Form("azureml://locations/.*/<type>/<name>/versions/<version>", RESOURCE, is_proposed=False),
    Form(
        "azureml://(?:feeds|locations|resourcegroups|models|data|virtualclusters)/<path>",
        RESOURCE,
        is_proposed=False,
    ),
)
VERSIONED_TYPES = (
    *("components", "environments", "models", "data", "codes", "datasets", "deploymentTemplates", "prompts"),
    *("evaluators", "agents", "indexes", "featuresets", "featurestoreEntities"),
)
_PARTS = {
    "type": f"(?P<type>{'|'.join(VERSIONED_TYPES)})",
    "name": r"(?P<name>[^/:@]+)",
    "version": r"(?P<version>[^/:@]+)",
    "label": r"(?P<label>[^/:@]+)",
    "path": ".*",
}
_SHORT_PARTS = {
    "name": r"(?P<name>\w[\w.\-]*)",
    "version": r"(?P<version>[\w.\-+]+)",
    "label": r"(?P<label>[\w.\-]+)",
}
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]+://", re.IGNORECASE)
_HEADS = ("registries", "datastores", "jobs", "subscriptions")
_WORDS = (*_HEADS, "versions", "labels", "paths", "outputs", "resourceGroups", "providers", "workspaces")


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


@lru_cache(maxsize=1024)
def parse_reference(text: str) -> Reference:
    """Return what a text refers to."""
    text = text.strip()
    if text.startswith("azureml:"):
        return _parse_azureml(text)
    if text.startswith("/subscriptions/"):
        return Reference(text, RESOURCE)
    if text.startswith("git+"):
        return Reference(text, GIT)
    if text.startswith("file:"):
        return Reference(text, FILE, path=re.sub(r"^file:(//(?=/))?", "", text))
    if _SCHEME.match(text):
        return Reference(text, REMOTE)
    return Reference(text, FILE, path=text)


def _parse_azureml(text: str) -> Reference:
    plain = _plain(text)
    for form in FORMS:
        if match := _pattern(form).fullmatch(plain):
            return Reference(text, form.kind, **match.groupdict())
    return Reference(text, UNREADABLE, name=text.removeprefix("azureml:"))


def _plain(text: str) -> str:
    """Return a text without what Azure ML does not insist on: the provider, slashes before a subscription."""
    text = re.sub("^azureml:/+(?=subscriptions)", "azureml:", text)
    return re.sub("/providers/Microsoft.MachineLearningServices(?=/)", "", text, flags=re.IGNORECASE)


@cache
def _pattern(form: Form) -> re.Pattern:
    parts = _SHORT_PARTS if form.kind == ASSET else _PARTS
    text = re.sub(r"<(\w+)>", lambda part: parts.get(part[1], "[^/]+"), _plain(form.text))
    return re.compile(text, 0 if form.kind == ASSET else re.IGNORECASE)


def is_readable(text: str, types: tuple[str, ...]) -> bool:
    """Tell whether Azure ML can read an ``azureml:`` text as a reference to something of one of the types."""
    reference = parse_reference(text)
    has_version = reference.version or reference.label
    return reference.kind != UNREADABLE and (
        reference.kind != ASSET or not has_version or types[0] in VERSIONED_TYPES
    )


def nearest_form(text: str, types: tuple[str, ...]) -> str:
    """Return what an unreadable text was meant to be: the text with one word put right, else a form."""
    words = list(re.finditer(r"[^:/]+", text))[1:]
    for word in words if "/" in text else ():
        near = nearest(word[0], (*_WORDS, *types))
        right = f"{text[: word.start()]}{near}{text[word.end() :]}"
        if near and is_readable(right, types):
            return right
    head = nearest(words[0][0], _HEADS) if len(words) > 1 else None
    is_versioned = types[0] in VERSIONED_TYPES
    forms = [form.text for form in FORMS if form.is_proposed and (is_versioned or not form.is_versioned)]
    short = "azureml:<name>:<version>" if is_versioned else "azureml:<name>"
    alike = (form for form in forms if f"/{head}/" in form)
    form = max(alike, key=lambda form: SequenceMatcher(None, text, form).ratio(), default=short)
    return form.replace("<type>", types[0])
