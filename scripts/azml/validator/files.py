"""The local files and folders that specs name, and the role each one has."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from azml.core.document import Document, Pointer
from azml.core.paths import exists, is_file, is_yaml
from azml.core.values import mapping

CODE, CONDA, BUILD, DOCKERFILE, SCRIPT, INCLUDE, DATA, MODEL, ENVIRONMENT, JOB, COMPONENT = (
    "code", "conda file", "build context", "Dockerfile", "script", "additional include", "data", "model",
    "environment file", "job file", "component file",
)  # fmt: skip

# A limit for specs that are not meant to be read: none names more files than this.
_MOST = 2000

# Mappings whose keys are chosen by the author; no files of these roles are named in them.
_AUTHORS_OWN = {"outputs", "search_space", "tags", "properties", "environment_variables", "services"}
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
# automl: https://learn.microsoft.com/azure/machine-learning/reference-automl-images-cli-classification
_INNER_ROLES: dict[str | int, dict[str, str]] = {
    **{key: {"path": DATA} for key in ("training_data", "validation_data", "test_data")},
    "model": {"path": MODEL},
    "entry": {"file": SCRIPT},
    "build": {"path": BUILD, "dockerfile_path": DOCKERFILE},
}
# A variable that every shell has; other names may be a placeholder of the owner's tools.
_VARIABLE = r"\$(?:HOME|PWD|USER)\b|\$\{(?:HOME|PWD|USER)\}"
# Not a local path: a binding, an address such as runs:/ or dbfs:/, a placeholder.
_ADDRESS = re.compile(rf"(?!{_VARIABLE})\$|<|\{{\{{|^(?!file:)[A-Za-z][\w+.\-]+:")
NOT_LOCAL = re.compile(rf"[\[\]<>|]|(?<!\$)\{{|{_ADDRESS.pattern}")
_NEVER_EXPANDED = re.compile(rf"{_VARIABLE}|[*?]")


@dataclass(frozen=True)
class FileUse:
    """A local path that the text at ``pointer`` of a document names, and the role it has there.

    ``base`` is the folder that the path is relative to; ``type`` the declared type of data or a model.
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
        path = Path(os.path.normpath(self.base / self.text.removeprefix("file:")))
        if self.role != SCRIPT or exists(path) or "." not in path.name:
            return path
        # An entry_script may be package.module, as in the batch_score component of Azure's registry.
        module = path.parent / f"{path.name.replace('.', '/')}.py"
        return module if is_file(module) else path

    @property
    def unexpanded(self) -> str:
        """What a shell would expand in the path and Azure ML does not, or an empty text."""
        found = _NEVER_EXPANDED.search(self.text)
        return found[0] if found else ""

    @property
    def inner(self) -> Path | None:
        """The file that is read as YAML whatever it contains: a conda or MLTable file, a component."""
        if self.role == DATA:
            path = self.path / "MLTable" if self.type == "mltable" else None
        else:
            is_read = self.role == CONDA or (self.role == COMPONENT and is_yaml(self.path))
            path = self.path if is_read else None
        return path if path and is_file(path) else None


def uses_in(document: Document, kind: str) -> Iterator[FileUse]:
    """Yield the local paths that a document of the given kind names."""
    found = [(("path",), kind)] if kind in (DATA, MODEL) else _paths((), document.data)
    for pointer, role in islice(found, _MOST):
        text, folder = document.get(pointer), _folder(document, pointer, role)
        if role == DOCKERFILE and text is None and len(document.get(pointer[:-1])) == 1:
            text = "Dockerfile"  # the default, unless a misspelled key names another
        if kind == "component" and pointer[0] == "inputs":
            continue  # a declaration, not a value
        if isinstance(text, str) and text.strip() and _may_be_local(text, role) and folder is not None:
            declared = mapping(document.get(pointer[:-1])).get("type") if role in (DATA, MODEL) else None
            data_type = declared.lower() if isinstance(declared, str) else None
            yield FileUse(document, pointer, text.strip(), role, document.path.parent / folder, data_type)


def _may_be_local(text: str, role: str) -> bool:
    if role == ENVIRONMENT and not text.startswith("file:"):
        return False  # the name of an asset
    if "\n" in text:
        return role == CONDA  # the content of the file in place of its path
    pattern = NOT_LOCAL if role in (DATA, MODEL) else _ADDRESS
    return not pattern.search(text) and all(len(part.encode()) < 256 for part in text.split("/"))


def _folder(document: Document, pointer: Pointer, role: str) -> str | None:
    """Return the folder that a path is relative to, as seen from the document's; None if not local."""
    if role not in (SCRIPT, DOCKERFILE):
        return ""
    is_entry = pointer[-2:] == ("entry", "file")
    owner = mapping(document.get(pointer[:-2] if is_entry else pointer[:-1]))
    folder = owner.get("path" if role == DOCKERFILE else "code")
    if not isinstance(folder, str) or _ADDRESS.search(folder):
        return None
    # An additional include may contain what a Spark job starts.
    return None if is_entry and "additional_includes" in owner else folder.removeprefix("file:")


def _paths(place: Pointer, data: object) -> Iterator[tuple[Pointer, str]]:
    """Yield (pointer, role) of what may be a local path in a job, a component, a deployment, ..."""
    for key, value in mapping(data).items():
        here = (*place, key)
        if isinstance(value, dict):
            yield from _paths_in(here, value)
        elif isinstance(value, list) and key == "additional_includes":
            yield from (((*here, index), INCLUDE) for index in range(len(value)))
        elif key == "job" and place[-1:] == ("create_job",):
            yield here, JOB
        elif key in _ROLES:
            yield here, _ROLES[key]


def _paths_in(place: Pointer, data: dict) -> Iterator[tuple[Pointer, str]]:
    """Yield (pointer, role) of the paths in the mapping under a key."""
    key = place[-1]
    if key == "jobs":
        for name, job in data.items():
            yield from _paths((*place, name), job)
    elif key == "inputs":
        yield from (((*place, name, "path"), DATA) for name in data)
    elif key in _INNER_ROLES:
        yield from (((*place, inner), role) for inner, role in _INNER_ROLES[key].items())
    elif key not in _AUTHORS_OWN:
        yield from _paths(place, data)


def keys_of(data: object, pointer: Pointer = ()) -> Iterator[tuple[Pointer, object]]:
    """Yield (pointer, value) of Azure ML's own keys; names chosen by the author are skipped."""
    for key, value in data.items() if isinstance(data, dict) else ():
        yield (*pointer, key), value
        if key in ("inputs", "outputs", "jobs"):
            for name, inner in mapping(value).items():
                yield from keys_of(inner, (*pointer, key, name))
        elif key not in _AUTHORS_OWN:
            yield from keys_of(value, (*pointer, key))
            for index, inner in enumerate(value if isinstance(value, list) else ()):
                yield from keys_of(inner, (*pointer, key, index))
