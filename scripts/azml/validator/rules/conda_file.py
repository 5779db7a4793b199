"""A conda file that installs nothing or less than it seems: misspelt keys, a list that is none.

Bad:
    dependecies:
      - python=3.11

Fix: use name, channels, dependencies and variables; pip's packages stand under "- pip:" in dependencies.

Source: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html; conda
ignores other keys with a warning in the image's build log (conda/env/env.py, VALID_KEYS).
"""

from collections.abc import Iterator

from azml.spec.document import Document, Pointer
from azml.spec.finding import Finding, did_you_mean
from azml.validator.conda import conda_places
from azml.validator.specs import SpecProject

ID = "conda-file"

_KEYS = ("name", "channels", "dependencies", "variables", "prefix", "platforms", "category")


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding for every mistake in what conda reads."""
    for document, pointer in conda_places(project):
        data = document.get(pointer)
        if isinstance(data, dict):
            yield from _check_keys(document, pointer, data)
        elif not document.findings:
            yield document.finding(ID, "a conda file is a mapping with the key 'dependencies'", pointer)


def _check_keys(document: Document, pointer: Pointer, data: dict) -> Iterator[Finding]:
    wrong = [key for key in data if key not in _KEYS]
    for key in wrong:
        hint = "; it belongs into the list of dependencies" if key == "pip" else did_you_mean(key, _KEYS)
        yield document.finding(ID, f"conda ignores the key '{key}'{hint}", (*pointer, key), key=True)
    if isinstance(data.get("channels"), str):
        message = "a list of channels was expected under 'channels'"
        yield document.finding(ID, message, (*pointer, "channels"))
    if "dependencies" in data and not isinstance(data["dependencies"], list):
        message = "a list of packages was expected under 'dependencies'"
        yield document.finding(ID, message, (*pointer, "dependencies"))
    elif "dependencies" not in data and not wrong:
        yield document.finding(ID, "without 'dependencies' conda installs nothing", pointer)
    for index, entry in enumerate(data["dependencies"] if isinstance(data.get("dependencies"), list) else ()):
        if isinstance(entry, str) and " - " in entry:
            message = "these lines are one text to conda; write '- pip:' above pip's packages"
            yield document.finding(ID, message, (*pointer, "dependencies", index))
