"""The local files and folders that specs name, other than component files (those the core follows)."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azml.spec.component import mapping
from azml.spec.document import Document, Pointer

CODE, CONDA, BUILD, DOCKERFILE, SCRIPT, INCLUDE, DATA, MODEL, ENVIRONMENT, JOB = (
    "code", "conda file", "build context", "Dockerfile", "script", "additional include", "data", "model",
    "environment file", "job file",
)  # fmt: skip

# Mappings whose keys are names that the author chose; what they hold names no files of these roles.
_AUTHORS_OWN = {"outputs", "search_space", "tags", "properties", "environment_variables", "services"}
# automl's data: https://learn.microsoft.com/azure/machine-learning/reference-automl-images-cli-classification
_DATA_KEYS = {"training_data", "validation_data", "test_data"}
_ROLES = {
    "environment": ENVIRONMENT,
    "conda_file": CONDA,
    "code": CODE,
    "create_job": JOB,
    "entry_script": SCRIPT,
    "scoring_script": SCRIPT,
}
# Not a local path: a binding or other placeholder, a pattern, an address such as runs:/ or dbfs:/.
_NOT_LOCAL = re.compile(r"[$*?\[\]{}<>|]|^(?!file:)[A-Za-z][\w+.\-]+:")


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

    @property
    def path(self) -> Path:
        """The file or folder that is meant."""
        return Path(os.path.normpath(self.base / self.text.removeprefix("file:")))


def uses_in(document: Document, kind: str) -> Iterator[FileUse]:
    """Yield the local paths that a document of a kind names."""
    found = _data((), mapping(document.data), kind) if kind in (DATA, MODEL) else _walk((), document.data)
    for pointer, text, role, below, data_type in found:
        if kind == "component" and pointer[0] == "inputs":
            continue  # a declaration, not a value
        if isinstance(text, str) and text.strip() and not _NOT_LOCAL.search(text):
            yield FileUse(document, pointer, text.strip(), role, document.path.parent / below, data_type)


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
        if isinstance(code, str) and not _NOT_LOCAL.search(code):
            yield place, text, SCRIPT, code, None
    elif role and (role != ENVIRONMENT or text.startswith("file:")):
        yield place, text, role, "", None


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
    if isinstance(path, str) and not _NOT_LOCAL.search(path):
        yield (*place, "path"), path, BUILD, "", None
        dockerfile = value.get("dockerfile_path", "Dockerfile")
        yield (*place, "dockerfile_path"), dockerfile, DOCKERFILE, path.removeprefix("file:"), None


def places(data: object, key: str, pointer: Pointer = ()) -> Iterator[Pointer]:
    """Yield where ``key`` is one of Azure ML's own keys; names that the author chose are passed over."""
    for name, value in data.items() if isinstance(data, dict) else ():
        if name == key:
            yield (*pointer, name)
        if name in ("inputs", "jobs"):
            for each, inner in mapping(value).items():
                yield from places(inner, key, (*pointer, name, each))
        elif name not in _AUTHORS_OWN:
            yield from places(value, key, (*pointer, name))
