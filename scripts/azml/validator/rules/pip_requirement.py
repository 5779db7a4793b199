"""A requirement that pip refuses or never sees: a single =, a file beside the conda file, an unquoted >.

Bad:
    - pip:
        - mlflow=3.15.0
        - -r requirements.txt

Fix: write ==, each package once and all of them here: Azure ML sends nothing but the conda file's text. In a
command quote what has a < or > (a warning).

Source: https://peps.python.org/pep-0508/; azure-ai-ml entities/_assets/environment.py, _to_rest_object.
"""

import re
from collections.abc import Iterator

from azml.core.place import Place
from azml.core.values import mapping, sequence
from azml.validator.findings import Findings, error, warning
from azml.validator.rule import Rule
from azml.validator.shell import Command, unquoted

RULE = Rule("pip-requirement")

_CLAUSE = r"(?:===?|~=|!=|<=?|>=?)\s*[\w.*+!-]*[\w*]"
_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[\w.,\s-]*\])?"
    rf"\s*(?P<rest>\(?(?:{_CLAUSE}(?:\s*,\s*{_CLAUSE})*,?)?\)?)\s*(?:(?:;|--|#).*)?"
)
_FILE = re.compile(r"(?:-r|-c|-e|--requirement|--constraint|--editable)[ =]*(?![\w+]+://|git\+)(?P<path>\S+)")
_LOCAL = re.compile(r"(?P<path>\.{1,2}(?:/\S*)?|[^\s:]+\.(?:whl|tar\.gz|zip))(?:\[.*\])?")
_UNKNOWN = re.compile(r"^[-#]|[${]|://|\s@\s|^$")  # options, and what is filled in or fetched
_REDIRECTED = re.compile(
    r"\bpip3?\s+install\b(?:[^;&|\n]|\\\n)*?\s(?P<spec>[A-Za-z][\w.-]*(?:\[[^\]\s]*\])?[<>]=?\d[\w.]*)"
)


def check_command(command: Command) -> Findings:
    if match := _REDIRECTED.search(unquoted(command.text)):
        message = f"the shell takes the < or > for a redirection; write '{match['spec']}' in quotes"
        yield warning(message, command, text=match["spec"], at=match.start("spec"))


def check_conda(conda: Place) -> Findings:
    pins: dict[str, str] = {}
    for line in _pip_lines(conda):
        match = _LINE.fullmatch(text := line.text.strip())
        if local := _FILE.match(text) or _LOCAL.fullmatch(text):
            message = f"{local['path']} is not there when the image is built: only the conda file is sent"
            yield error(message, line, text=local["path"])
        elif match is None and not _UNKNOWN.search(text):
            hint = re.sub(r"=([<>])|(?<![<>=!~])=(?!=)", lambda each: f"{each[1] or '='}=", text, count=1)
            right = hint if hint != text else "a name and versions as in a>=1,<2"
            yield error(f"pip does not read '{text}'; write {right}", line)
        elif match and match["rest"].startswith("==") and ";" not in text:
            name = re.sub(r"[-_.]+", "-", match["name"]).lower()
            if pins.setdefault(name, match["rest"]) != match["rest"]:
                yield error(f"'{match['name']}' stands twice, with different versions", line)


def _pip_lines(conda: Place) -> Iterator[Place]:
    for index, entry in enumerate(sequence(conda.data.get("dependencies"))):
        for number in range(len(sequence(mapping(entry).get("pip")))):
            yield conda.below("dependencies", index, "pip", number)
