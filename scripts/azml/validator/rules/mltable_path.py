"""An MLTable file that names a local file or folder which is not there.

Bad (data/table/MLTable):
    paths:
      - file: ./customers.csv

Fix: correct the path; it counts from the MLTable file's folder.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-mltable; azure-ai-ml
_utils/_data_utils.py
"""

import re
from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.document import Document
from azml.spec.paths import exists
from azml.validator.files import DATA, has_alike
from azml.validator.findings import Findings, Place, error, see, sequence, warning
from azml.validator.specs import SpecProject

_ADDRESS = re.compile(r"[A-Za-z][\w+.\-]+:|[$*{]")


def check_project(project: SpecProject) -> Findings:
    for use in project.file_uses:
        if use.role == DATA and use.inner:
            for place in _missing(project.document(use.inner)):
                report = error if has_alike(use.path / place.text) else warning
                message = f"the {place.pointer[-1]} {place.text} does not exist"
                yield report(message, place, related=see("used here", use))


def _missing(table: Document) -> Iterator[Place]:
    for index, entry in enumerate(sequence(mapping(table.data).get("paths"))):
        for key in ("file", "folder"):
            place = Place(table, ("paths", index, key), mapping(entry).get(key))
            if place.text and not _ADDRESS.match(place.text) and not exists(table.path.parent / place.text):
                yield place
