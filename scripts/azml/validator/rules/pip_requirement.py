"""A requirement in a conda file that pip refuses: a single =, or one package in two versions.

Bad:
    - pip:
        - mlflow=3.15.0

Fix: write == and each package once.

Source: https://peps.python.org/pep-0508/; pip stops with "Invalid requirement" or a conflict.
"""

import re
from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.validator.conda import conda_places, pip_lines
from azml.validator.specs import SpecProject

ID = "pip-requirement"

_LINE = re.compile(r"(?P<name>[A-Za-z0-9][\w.\-]*)\s*(?:\[[^\]]*\])?\s*(?P<rest>.*)", re.DOTALL)


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at every such requirement."""
    for document, pointer in conda_places(project):
        pins: dict[str, str] = {}
        for place, line in pip_lines(document, pointer):
            match = _LINE.fullmatch(line.strip())
            if match is None or ";" in line or "://" in line:
                continue
            name = re.sub(r"[-_.]+", "-", match["name"]).lower()
            if re.match(r"=[^=]", match["rest"]):
                message = f"pip does not read '{line}'; write {match['name']}={match['rest']}"
                yield document.finding(ID, message, place)
            elif pins.setdefault(name, match["rest"]) != match["rest"]:
                yield document.finding(ID, f"'{match['name']}' stands twice, with different versions", place)
