"""The local files and folders that specs name, and what each of them is to be."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from azml.spec.component import mapping
from azml.spec.document import Document, Pointer

CODE, CONDA, BUILD, DOCKERFILE, SCRIPT, INCLUDE, DATA, MODEL, ENVIRONMENT, JOB, COMPONENT = (
    "code", "conda file", "build context", "Dockerfile", "script", "additional include", "data", "model",
    "environment file", "job file", "component file",
)  # fmt: skip

# No spec names more files than this.
_MOST = 2000

# Mappings whose keys are names that the author chose; what they hold names no files of these roles.
_AUTHORS_OWN = {"outputs", "search_space", "tags", "properties", "environment_variables", "services"}
# automl's data: https://learn.microsoft.com/azure/machine-learning/reference-automl-images-cli-classification
_DATA_KEYS = {"training_data", "validation_data", "test_data"}
_ROLES = {
    "environment": ENVIRONMENT,
    "conda_file": CONDA,
    "code": CODE,
    "create_job": JOB,
    "component": COMPONENT,
    "trial": COMPONENT,
    "entry_script": SCRIPT,
    "scoring_script": SCRIPT,
}
# Not a local path: a binding, an address such as runs:/ or dbfs:/, a placeholder or a pattern.
_ADDRESS = re.compile(r"[$<]|^(?!file:)[A-Za-z][\w+.\-]+:")
_NOT_LOCAL = re.compile(rf"[*?\[\]{{}}<>|]|{_ADDRESS.pattern}")


@dataclass(frozen=True)
class FileUse:
    """A local path that the text at ``pointer`` of a document names, and the role it has there.

    ``base`` is the folder that the path counts from; ``type`` the declared type of data or a model.
    """

    document: Document
    pointer: Pointer
    text: str
    role: str
    base: Path
    type: str | None = None

    @cached_property
    def path(self) -> Path:
        """The file or folder that is meant."""
        return Path(os.path.normpath(self.base / self.text.removeprefix("file:")))


def uses_in(document: Document, kind: str) -> Iterator[FileUse]:
    """Yield the local paths that a document of a kind names."""
    found = _data((), mapping(document.data), kind) if kind in (DATA, MODEL) else _walk((), document.data)
    for pointer, text, role, below, data_type in islice(found, _MOST):
        if kind == "component" and pointer[0] == "inputs":
            continue  # a declaration, not a value
        if isinstance(text, str) and text.strip() and _may_be_local(text, role):
            yield FileUse(document, pointer, text.strip(), role, document.path.parent / below, data_type)


def _may_be_local(text: str, role: str) -> bool:
    # Templates such as {{path}} are no paths to Azure ML; in data they may be patterns or to be filled in.
    pattern = _NOT_LOCAL if role in (DATA, MODEL) else _ADDRESS
    return not pattern.search(text) and all(len(part.encode()) < 256 for part in text.split("/"))


# Each of these yields (pointer, text, role, folder below the document's own, declared type).
Found = Iterator[tuple[Pointer, object, str, str, str | None]]


def _walk(pointer: Pointer, data: object) -> Found:
    for key, value in mapping(data).items():
        place = (*pointer, key)
        if key in _AUTHORS_OWN:
            continue
        if key in ("jobs", "inputs"):
            for name, each in mapping(value).items():
                yield from _walk((*place, name), each) if key == "jobs" else _data((*place, name), each)
        elif key in _DATA_KEYS or (key == "model" and isinstance(value, dict)):
            yield from _data(place, value, MODEL if key == "model" else DATA)
        elif key == "additional_includes" and isinstance(value, list):
            yield from (((*place, index), each, INCLUDE, "", None) for index, each in enumerate(value))
        elif key == "entry" and isinstance(value, dict):
            yield from _entry(place, value, data)
        elif isinstance(value, dict):
            yield from _build(place, value) if key == "build" else _walk(place, value)
        elif isinstance(value, str):
            yield from _text(place, value, data)


def _text(place: Pointer, text: str, siblings: dict) -> Found:
    role = _ROLES.get(place[-1])
    if place[-2:] == ("create_job", "job"):
        role = JOB
    if role == SCRIPT:
        code = siblings.get("code")
        if isinstance(code, str) and not _ADDRESS.search(code):
            yield place, text, SCRIPT, code, None
    elif role and (role != ENVIRONMENT or text.startswith("file:")):
        yield place, text, role, "", None


def _entry(place: Pointer, entry: dict, job: dict) -> Found:
    """Yield the file that a Spark job starts; an additional include may hold it too."""
    code = job.get("code")
    is_local = isinstance(code, str) and not _ADDRESS.search(code)
    if "file" in entry and is_local and "additional_includes" not in job:
        yield (*place, "file"), entry["file"], SCRIPT, code.removeprefix("file:"), None


def _data(place: Pointer, value: object, role: str = DATA) -> Found:
    if isinstance(value, dict) and "path" in value:
        declared = value.get("type")
        yield (
            (*place, "path"),
            value["path"],
            role,
            "",
            declared.lower() if isinstance(declared, str) else None,
        )


def _build(place: Pointer, value: dict) -> Found:
    path = value.get("path")
    if isinstance(path, str) and not _ADDRESS.search(path):
        yield (*place, "path"), path, BUILD, "", None
        dockerfile = value.get("dockerfile_path", "Dockerfile")
        yield (*place, "dockerfile_path"), dockerfile, DOCKERFILE, path.removeprefix("file:"), None


def keys_of(data: object, pointer: Pointer = ()) -> Iterator[tuple[Pointer, object]]:
    """Yield (pointer, value) of Azure ML's own keys; names that the author chose are passed over."""
    for key, value in data.items() if isinstance(data, dict) else ():
        yield (*pointer, key), value
        if key in ("inputs", "outputs", "jobs"):
            for name, inner in mapping(value).items():
                yield from keys_of(inner, (*pointer, key, name))
        elif key not in _AUTHORS_OWN:
            yield from keys_of(value, (*pointer, key))


def elsewhere(use: FileUse) -> Path | None:
    """Return what the path would name if it counted from one of the folders above."""
    text = use.text.removeprefix("file:")
    return next((folder / text for folder in list(use.base.parents)[:4] if (folder / text).exists()), None)


def names_in(folder: Path) -> list[str]:
    """Return the names of what a folder holds; none where it cannot be read."""
    try:
        return [each.name for each in folder.iterdir()]
    except OSError:
        return []
