"""A requirement that pip cannot read or find: a single =, a local file, an unquoted > in a command.

Bad:
    - pip:
        - mlflow=3.15.0
        - -r requirements.txt

Fix: write ==, list each package once, and list all of them here: Azure ML sends only the text of the conda
file. In a command, quote a requirement with < or > (a warning).

Source: https://peps.python.org/pep-0508/; azure-ai-ml entities/_assets/environment.py, _to_rest_object.
"""

import re
from collections.abc import Iterator

from azml.core.place import Place
from azml.core.values import mapping, sequence
from azml.validator.findings import Findings, error, warning
from azml.validator.packages import normalized
from azml.validator.rule import Rule
from azml.validator.shell import Command, unquoted

RULE = Rule("pip-requirement")

_FILE = re.compile(r"(?:-r|-c|-e|--requirement|--constraint|--editable)[ =]*(?![\w+]+://|git\+)(?P<path>\S+)")
_LOCAL = re.compile(r"(?P<path>\.{1,2}(?:/\S*)?|[^\s:]+\.(?:whl|tar\.gz|zip))(?:\[.*\])?")
_OTHER = re.compile(r"^[-#]|[${]|://|\s@\s|^$")  # options, and what is filled in or fetched
_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?P<version>==\d+(?:\.\d+)*(?:(?:a|b|rc|\.post)\d+)?)",
    re.ASCII,
)
_TAIL = re.compile(r"\s+(?:--|#).*")  # options of one requirement, a comment
_REDIRECTED = re.compile(
    r"\bpip3?\s+install\b(?:[^;&|\n]|\\\n)*?\s(?P<spec>[A-Za-z][\w.-]*(?:\[[^\]\s]*\])?[<>]=?\d[\w.]*)"
)


def check_command(command: Command) -> Findings:
    if match := _REDIRECTED.search(unquoted(command.text)):
        message = f"the shell reads this < or > as a redirection; put '{match['spec']}' in quotes"
        yield warning(message, command, text=match["spec"], at=match.start("spec"))


def check_conda(conda: Place) -> Findings:
    pins: dict[str, str] = {}
    for line in _pip_lines(conda):
        text = line.text.strip()
        if local := _FILE.match(text) or _LOCAL.fullmatch(text):
            message = f"{local['path']} is not available when the image is built: only the conda file is sent"
            yield error(message, line, text=local["path"])
        elif not _OTHER.search(text):
            yield from _check_requirement(line, text, pins)


def _check_requirement(line: Place, text: str, pins: dict[str, str]) -> Findings:
    """Report a line that pip cannot read, or a package pinned to another version in an earlier line."""
    try:
        name, versions = _read(text)
    except ValueError:
        hint = re.sub(r"=([<>])|(?<![<>=!~])=(?!=)", lambda each: f"{each[1] or '='}=", text, count=1)
        expected = f"; write {hint}" if hint != text else "; expected a name and versions, as in a>=1,<2"
        right = hint if hint != text else None
        yield error(f"pip cannot read '{text}'{expected}", line, fix=line.fix(right, is_safe=True))
        return
    if versions.startswith("==") and pins.setdefault(normalized(name), versions) != versions:
        yield error(f"'{name}' is listed twice, with different versions", line)


def _read(text: str) -> tuple[str, str]:
    """Return a requirement's name and its versions, none where they depend on a marker; raise ValueError."""
    if pin := _PIN.fullmatch(text):
        return pin["name"], pin["version"]
    from packaging.requirements import Requirement  # slow to import, and most lines are pins

    requirement = Requirement(_TAIL.sub("", text))
    return requirement.name, "" if requirement.marker else str(requirement.specifier)


def _pip_lines(conda: Place) -> Iterator[Place]:
    for index, entry in enumerate(sequence(conda.data.get("dependencies"))):
        for number in range(len(sequence(mapping(entry).get("pip")))):
            yield conda.below("dependencies", index, "pip", number)
