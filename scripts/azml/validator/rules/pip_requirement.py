"""A requirement in a conda file that pip refuses: a single =, or one package in two versions.

Bad:
    - pip:
        - mlflow=3.15.0

Fix: write == and each package once.

Source: https://peps.python.org/pep-0508/; pip stops with "Invalid requirement" or a conflict.
"""

import re
from collections.abc import Iterator

from azml.spec.component import mapping
from azml.validator.findings import Findings, Place, error, sequence

_LINE = re.compile(r"(?P<name>[A-Za-z0-9][\w.\-]*)\s*(?:\[[^\]]*\])?\s*(?P<rest>.*)", re.DOTALL)


def check_conda(conda: Place) -> Findings:
    pins: dict[str, str] = {}
    for line in _pip_lines(conda):
        match = _LINE.fullmatch(line.text.strip())
        if match is None or ";" in line.text or "://" in line.text:
            continue
        name = re.sub(r"[-_.]+", "-", match["name"]).lower()
        if re.match(r"=[^=]", match["rest"]):
            yield error(f"pip does not read '{line.text}'; write {match['name']}={match['rest']}", line)
        elif pins.setdefault(name, match["rest"]) != match["rest"]:
            yield error(f"'{match['name']}' stands twice, with different versions", line)


def _pip_lines(conda: Place) -> Iterator[Place]:
    for index, entry in enumerate(sequence(conda.data.get("dependencies"))):
        for number, line in enumerate(sequence(mapping(entry).get("pip"))):
            yield Place(conda.document, (*conda.pointer, "dependencies", index, "pip", number), line)
