"""An MLTable file with a path that does not exist, or a misspelled key.

Bad (data/table/MLTable):
    paths:
      - file: ./customers.csv

Fix: correct the path; it is relative to the MLTable file's folder.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-mltable, also "Transformations"
"""

from azml.core.components import misspelt
from azml.core.document import Document
from azml.core.finding import NEARLY_THE_SAME, nearest
from azml.core.paths import exists, names_in
from azml.core.place import Place
from azml.core.values import mapping, sequence
from azml.validator.files import DATA, NOT_LOCAL, FileUse
from azml.validator.findings import Findings, error, put, see, warning
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject

RULE = Rule("mltable-path")

_TRANSFORMATIONS = (
    "read_delimited", "read_parquet", "read_json_lines", "read_delta_lake", "take_random_sample", "filter",
    "drop_columns", "keep_columns", "convert_column_types", "extract_columns_from_partition_format",
)  # fmt: skip


def check_project(project: SpecProject) -> Findings:
    for use in project.file_uses:
        if use.role == DATA and use.inner:
            yield from _check_names(project.document(use.inner))
            yield from _check_paths(project.document(use.inner), use)


def _check_names(table: Document) -> Findings:
    top = Place(table)
    if wrong := misspelt(top.data, "paths"):
        fix = put("paths", top, wrong, key=True)
        yield error(f"unknown key '{wrong}'; did you mean 'paths'?", top, wrong, key=True, fix=fix)
    for index, entry in enumerate(sequence(top.data.get("transformations"))):
        name = entry if isinstance(entry, str) else next(iter(mapping(entry)), "")
        near = nearest(name, _TRANSFORMATIONS, NEARLY_THE_SAME)
        if near and near != name:
            message = f"mltable has no transformation '{name}'; did you mean '{near}'?"
            yield error(message, top, "transformations", index, text=str(name))


def _check_paths(table: Document, user: FileUse) -> Findings:
    for index in range(len(sequence(mapping(table.data).get("paths")))):
        for key in ("file", "folder"):
            place = Place(table, ("paths", index, key))
            path = user.path / place.text.removeprefix("file:")
            is_one = place.text and not NOT_LOCAL.search(place.text) and not set("*?$") & set(place.text)
            if is_one and not exists(path):
                # Next to files with its suffix it is a misspelling, not a file still to be downloaded.
                has_alike = any(path.suffix and name.endswith(path.suffix) for name in names_in(path.parent))
                report = error if has_alike else warning
                yield report(f"the {key} {place.text} does not exist", place, related=see("used here", user))
