"""The forms that ``azureml:`` references have, and which of them an unreadable one was meant to have.

Sources: azure-ai-ml constants/_common.py (``*_FORMAT``) and
https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax
"""

import re
from difflib import SequenceMatcher

from azml.core.finding import nearest

# The place of an address decides which <types> can stand there; a <path> may be empty.
_LONG = "azureml://subscriptions/<id>/resourcegroups/<group>/workspaces/<workspace>"
_ARM = (
    "azureml:/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.MachineLearningServices"
    "/workspaces/<workspace>"
)
_FORMS = (
    "azureml://registries/<registry>/<types>/<name>/versions/<version>",
    "azureml://datastores/<datastore>/paths/<path>",
    "azureml://jobs/<job>/outputs/<output>/paths/<path>",
    f"{_LONG}/datastores/<datastore>/paths/<path>",
    f"{_ARM}/<types>/<name>/versions/<version>",
)
# Shorter and rarer forms, which are read and never proposed.
_OTHER_FORMS = (
    "azureml://registries/<registry>/<types>/<name>/?",
    "azureml://datastores/(?:workspacemanageddatastore/?|<datastore>/(?:paths|ExperimentRun/<path>))",
    "azureml://jobs/<job>/outputs/<output>(?:/<path>)?",  # Azure's own samples leave out paths
    f"{_LONG}/(?:datastores/<datastore>(?:/paths)?|(?:computes|jobs|connections|[a-z]+Endpoints)/<path>)",
    "azureml:subscriptions/.*/(?:registries|virtualclusters)/<path>",
    "azureml://(?:feeds|locations|resourcegroups|models|data|virtualclusters)/<path>",
)
_HEADS = ("registries", "datastores", "jobs", "subscriptions")
_WORDS = (*_HEADS, "versions", "labels", "paths", "outputs", "resourceGroups", "providers", "workspaces")
_VERSIONED = (
    *("components", "environments", "models", "data", "codes", "datasets", "deploymentTemplates", "prompts"),
    *("evaluators", "agents", "indexes", "featuresets", "featurestoreEntities"),
)
_PARTS = {"types": f"(?:{'|'.join(_VERSIONED)})", "name": "[^/:@]+", "path": ".*"}


def _plain(text: str) -> str:
    """Return a text without what Azure ML does not insist on: the provider, slashes before a subscription."""
    text = re.sub("^azureml:/+(?=subscriptions)", "azureml:", text)
    return re.sub("/providers/Microsoft.MachineLearningServices(?=/)", "", text, flags=re.IGNORECASE)


def _pattern(form: str) -> str:
    form = _plain(form).replace("/versions/", "/(?:versions|labels)/")
    return re.sub(r"<(\w+)>", lambda part: _PARTS.get(part[1], "[^/]+"), form)


_ADDRESS = re.compile("|".join(map(_pattern, (*_FORMS, *_OTHER_FORMS))), re.IGNORECASE)


def is_readable(text: str, types: tuple[str, ...]) -> bool:
    """Tell whether Azure ML can read a text as a reference to something of one of the types."""
    tail = r"(:[\w.\-+]+|@[\w.\-]+)?" if types[0] in _VERSIONED else ""
    return bool(re.fullmatch(rf"azureml:\w[\w.\-]*{tail}", text) or _ADDRESS.fullmatch(_plain(text)))


def meant(text: str, types: tuple[str, ...]) -> str:
    """Return what an unreadable reference was meant to be: with one word put right, else its form."""
    words = list(re.finditer(r"[^:/]+", text))[1:]
    for word in words if "/" in text else ():
        near = nearest(word[0], (*_WORDS, *types))
        right = f"{text[: word.start()]}{near}{text[word.end() :]}"
        if near and is_readable(right, types):
            return right
    head = nearest(words[0][0], _HEADS) if len(words) > 1 else None
    is_versioned = types[0] in _VERSIONED
    forms = (form for form in _FORMS if f"/{head}/" in form and (is_versioned or "<version>" not in form))
    short = "azureml:<name>:<version>" if is_versioned else "azureml:<name>"
    form = max(forms, key=lambda form: SequenceMatcher(None, text, form).ratio(), default=short)
    return form.replace("<types>", types[0])
