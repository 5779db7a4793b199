"""An azureml:// address of a datastore that lacks a part or misspells one.

Bad:
    path: azureml://datastore/workspaceblobstore/customers.csv

Fix: azureml://datastores/<datastore>/paths/<path>.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-read-write-data-v2 (supported paths).
"""

import re
from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.validator.specs import SpecProject

ID = "datastore-path"

_SHORT = re.compile(r"azureml://(datastores?|dataset|data-?stores?)/", re.IGNORECASE)
_RIGHT = re.compile(r"azureml://datastores/[^/]+/paths(/|$)")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every such address."""
    for document, pointer, text in project.places("path"):
        if isinstance(text, str) and _SHORT.match(text) and not _RIGHT.match(text):
            message = "a datastore's address has the form azureml://datastores/<datastore>/paths/<path>"
            yield document.finding(ID, message, pointer)
