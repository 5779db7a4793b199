"""A requirement in a conda file that pip refuses: a single = or the same package twice.

Bad:
    - pip:
        - mlflow=3.15.0

Fix: write == and each package once.

Source: https://peps.python.org/pep-0508/; pip stops with "Invalid requirement" or "Double requirement given".
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
        seen: set[str] = set()
        for place, line in pip_lines(document, pointer):
            match = _LINE.fullmatch(line.strip())
            if match is None or ";" in line:
                continue
            name = re.sub(r"[-_.]+", "-", match["name"]).lower()
            if re.match(r"=[^=]", match["rest"]):
                message = f"pip does not read '{line}'; write {match['name']}={match['rest']}"
                yield document.finding(ID, message, place)
            elif name in seen:
                yield document.finding(ID, f"'{match['name']}' stands twice; pip refuses that", place)
            seen.add(name)
