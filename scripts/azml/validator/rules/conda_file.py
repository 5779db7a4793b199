"""A conda file that conda reads otherwise than its author meant: misspelt keys, packages in the wrong form.

Bad:
    dependecies:
      - python=3.11

Fix: use name, channels, dependencies and variables; put pip's packages under "- pip:" in dependencies.

Source: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html (conda ignores
other keys); pip refuses "name=version" and a requirement given twice.
"""

import re
from collections.abc import Iterator

from azml.spec.document import Document, Pointer
from azml.spec.finding import Finding, did_you_mean
from azml.validator.files import CONDA, places
from azml.validator.specs import SpecProject

ID = "conda-file"

_KEYS = ("name", "channels", "dependencies", "variables", "prefix", "platforms", "category")
_PIP = re.compile(r"(?P<name>[A-Za-z0-9][\w.\-]*)\s*(?:\[[^\]]*\])?\s*(?P<rest>.*)", re.DOTALL)


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding for every mistake in the conda files and inline conda mappings of the specs."""
    for path in dict.fromkeys(use.path for use in project.file_uses if use.role == CONDA):
        if path.is_file():
            yield from _check(project.document(path), ())
    for document in map(project.document, list(project.kinds)):
        for pointer in places(document.data, "conda_file"):
            if isinstance(document.get(pointer), dict):
                yield from _check(document, pointer)


def _check(document: Document, pointer: Pointer) -> Iterator[Finding]:
    yield from document.findings if not pointer else ()
    data = document.get(pointer)
    if not isinstance(data, dict):
        if not document.findings:
            yield document.finding(ID, "a conda file is a mapping with the key 'dependencies'", pointer)
        return
    wrong = [key for key in data if key not in _KEYS]
    for key in wrong:
        hint = "; it belongs into the list of dependencies" if key == "pip" else did_you_mean(key, _KEYS)
        yield document.finding(ID, f"conda ignores the key '{key}'{hint}", (*pointer, key), key=True)
    listed = data.get("dependencies")
    if not isinstance(listed, list) and not (wrong and "dependencies" not in data):
        message = "a list of packages was expected under 'dependencies'"
        yield document.finding(ID, message, (*pointer, "dependencies"))
        return
    for index, entry in enumerate(listed or ()):
        if isinstance(entry, dict) and isinstance(entry.get("pip"), list):
            yield from _check_pip(document, (*pointer, "dependencies", index, "pip"), entry["pip"])


def _check_pip(document: Document, pointer: Pointer, lines: list) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, line in enumerate(lines):
        match = _PIP.fullmatch(line.strip()) if isinstance(line, str) else None
        if match is None:
            continue
        name = re.sub(r"[-_.]+", "-", match["name"]).lower()
        if re.match(r"=[^=]", match["rest"]):
            message = f"pip does not read '{line}'; write {match['name']}={match['rest']}"
            yield document.finding(ID, message, (*pointer, index))
        elif name in seen and ";" not in line:
            yield document.finding(ID, f"'{match['name']}' stands twice; pip refuses that", (*pointer, index))
        seen.add(name)
