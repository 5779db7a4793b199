"""An import name where conda or pip expects the name of a package, and no package has that name.

Bad:
    - pip:
        - sklearn
        - cv2

Fix: list the package: scikit-learn, opencv-python. Names such as bs4 and dotenv, which PyPI redirects to the
right package, are not reported.

Source: https://pypi.org/project/sklearn/ and https://pypi.org/project/pytorch/ (both refuse to be installed);
PyPI has no release of the others (tried 2026-11).
"""

import re
from collections.abc import Iterator

from azml.core.place import Place
from azml.core.values import mapping, sequence
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.shell import Command

RULE = Rule("package-name", since="0.2")

_PIP = {
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "opencv": "opencv-python",
    "pil": "pillow",
    "pytorch": "torch",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
# Conda's yaml and pil are packages, opencv and pytorch its names for these.
_CONDA = {"cv2": "opencv", "skimage": "scikit-image", "sklearn": "scikit-learn"}
_NAME = re.compile(r"(?:[\w./-]+::)?(?P<name>[A-Za-z]\w*)(?=\s*(?:[=<>~!;\[]|$))")
_PIP_INSTALL = (["pip", "install"], ["pip3", "install"])


def check_conda(conda: Place) -> Findings:
    for index, entry in enumerate(sequence(conda.data.get("dependencies"))):
        here = conda.below("dependencies", index)
        lines = sequence(mapping(entry).get("pip"))
        if isinstance(entry, str):
            yield from _check(here, _CONDA, "conda")
        elif not any(str(line).lstrip().startswith("-") for line in lines):  # another index may have it
            for number in range(len(lines)):
                yield from _check(here.below("pip", number), _PIP, "pip")


def check_command(command: Command) -> Findings:
    for words in command.words:
        for name in _installed(words):
            if right := _PIP.get(name.lower()):
                yield error(_message(name, right, "pip"), command, text=name)


def _installed(words: list[str]) -> Iterator[str]:
    """Yield the plain names in a ``pip install`` without options."""
    words = words[2:] if words[1:2] == ["-m"] else words
    names = words[2:] if words[:2] in _PIP_INSTALL else []
    if not any(name.startswith("-") and "index" in name for name in names):
        yield from (match["name"] for name in names if (match := _NAME.match(name)))


def _check(place: Place, names: dict[str, str], program: str) -> Findings:
    match = _NAME.match(place.text)
    if match and (right := names.get(match["name"].lower())):
        part = place.part(*match.span("name"))
        yield error(_message(match["name"], right, program), part, fix=part.fix(right))


def _message(name: str, right: str, program: str) -> str:
    return f"{program} finds no package '{name}': this is the name to import; the package is {right}"
