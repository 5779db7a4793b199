"""An azureml:// address of a datastore that lacks a part or misspells one.

Bad:
    path: azureml://datastore/workspaceblobstore/customers.csv

Fix: azureml://datastores/<datastore>/paths/<path>.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-read-write-data-v2 (supported paths).
"""

import re

from azml.validator.findings import Findings, error
from azml.validator.specs import SpecProject

_SHORT = re.compile(r"azureml://(datastores?|dataset|data-?stores?)/", re.IGNORECASE)
_RIGHT = re.compile(r"azureml://datastores/[^/]+/paths(/|$)")


def check_project(project: SpecProject) -> Findings:
    for place in project.places("path"):
        if _SHORT.match(place.text) and not _RIGHT.match(place.text):
            message = "a datastore's address has the form azureml://datastores/<datastore>/paths/<path>"
            yield error(message, place)
