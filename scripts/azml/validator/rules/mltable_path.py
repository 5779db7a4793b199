"""An MLTable file that names a local file or folder which is not there, or misspells a key.

Bad (data/table/MLTable):
    paths:
      - file: ./customers.csv

Fix: correct the path; it counts from the MLTable file's folder.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-mltable, also "Transformations"
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from azml.spec.component import mapping, misspelt
from azml.spec.document import Document
from azml.spec.paths import exists
from azml.validator.files import DATA, has_alike
from azml.validator.findings import Findings, Place, error, see, sequence, warning
from azml.validator.specs import SpecProject

_TRANSFORMATIONS = (
    "read_delimited", "read_parquet", "read_json_lines", "read_delta_lake", "take_random_sample", "filter",
    "drop_columns", "keep_columns", "convert_column_types", "extract_columns_from_partition_format",
)  # fmt: skip
_ADDRESS = re.compile(r"[A-Za-z][\w+.\-]+:|[$*{]")


def check_project(project: SpecProject) -> Findings:
    for use in project.file_uses:
        if use.role == DATA and use.inner:
            yield from _check_names(project.document(use.inner))
            for place in _missing(project.document(use.inner)):
                report = error if has_alike(use.path / place.text) else warning
                message = f"the {place.pointer[-1]} {place.text} does not exist"
                yield report(message, place, related=see("used here", use))


def _check_names(table: Document) -> Findings:
    top = Place(table, (), table.data)
    if wrong := misspelt(top.data, "paths"):
        yield error(f"an MLTable has no '{wrong}'; did you mean 'paths'?", top, wrong, key=True)
    for index, entry in enumerate(sequence(top.data.get("transformations"))):
        name = entry if isinstance(entry, str) else next(iter(mapping(entry)), "")
        near = get_close_matches(str(name), _TRANSFORMATIONS, n=1, cutoff=0.9)
        if near and near[0] != name:
            message = f"mltable knows no '{name}'; did you mean '{near[0]}'?"
            yield error(message, top, "transformations", index, text=str(name))


def _missing(table: Document) -> Iterator[Place]:
    for index, entry in enumerate(sequence(mapping(table.data).get("paths"))):
        for key in ("file", "folder"):
            place = Place(table, ("paths", index, key), mapping(entry).get(key))
            if place.text and not _ADDRESS.match(place.text) and not exists(table.path.parent / place.text):
                yield place
