"""A conda file with a misspelled key or a value of the wrong type: conda skips what it does not understand.

Bad:
    dependecies:
      - python=3.11

Fix: use name, channels, dependencies and variables; list pip's packages under "- pip:" in dependencies.

Source: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html; conda
ignores other keys with a warning in the image's build log (conda/env/env.py, VALID_KEYS).
"""

import re

from azml.core.finding import did_you_mean, nearest
from azml.core.place import Place
from azml.core.values import mapping, sequence
from azml.validator.findings import Findings, error, put
from azml.validator.rule import Rule

RULE = Rule("conda-file")

# The oldest that a channel has beside 2.7 is 3.3: these are 3.10 and the like, cut short.
_NO_PYTHON = re.compile(r"python\s*(?:~=|==?)\s*(3\.[12])(?:\.\*|\.0)?")
_KEYS = ("name", "channels", "dependencies", "variables", "prefix", "platforms", "category")


def check_conda(conda: Place) -> Findings:
    if isinstance(conda.value, dict):
        yield from _check_keys(conda, conda.data)
    elif not conda.document.findings:
        yield error("a conda file must be a mapping with the key 'dependencies'", conda)


def _check_keys(conda: Place, data: dict) -> Findings:
    wrong = [key for key in data if key not in _KEYS]
    for key in wrong:
        hint = "; move it into the list of dependencies" if key == "pip" else did_you_mean(key, _KEYS)
        fix = put(nearest(key, _KEYS) if key != "pip" else None, conda, key, key=True, is_safe=True)
        yield error(f"conda ignores the key '{key}'{hint}", conda, key, key=True, fix=fix)
    if isinstance(data.get("channels"), str):
        yield error("expected a list of channels", conda, "channels")
    if "dependencies" in data and not isinstance(data["dependencies"], list):
        message = "expected a list of packages; begin the line of each with '- '"
        yield error(message, conda, "dependencies")
    elif "dependencies" not in data and not wrong:
        yield error("no 'dependencies': conda installs nothing from this file", conda)
    for index, entry in enumerate(sequence(data.get("dependencies"))):
        yield from _check_entry(conda, ("dependencies", index), entry)


def _check_entry(conda: Place, path: tuple[str, int], entry: object) -> Findings:
    if isinstance(entry, str) and " - " in entry:
        message = "YAML joins these lines into one package name; write '- pip:' above pip's packages"
        yield error(message, conda, *path)
    elif isinstance(entry, str) and (match := _NO_PYTHON.fullmatch(entry.strip())):
        yield error(f"there is no Python {match[1]} for conda; did you mean {match[1]}0?", conda, *path)
    elif wrong := [key for key in mapping(entry) if key != "pip"]:
        message = f"expected a package name, or a list under 'pip'{did_you_mean(wrong[0], ['pip'])}"
        fix = put(nearest(wrong[0], ["pip"]), conda, *path, wrong[0], key=True, is_safe=True)
        yield error(message, conda, *path, wrong[0], key=True, fix=fix)
    if isinstance(mapping(entry).get("pip"), str):
        yield error("expected a list of requirements; begin each line with '- '", conda, *path, "pip")
    for number, line in enumerate(sequence(mapping(entry).get("pip"))):
        if not isinstance(line, str):
            yield error("expected a requirement as a string", conda, *path, "pip", number)
