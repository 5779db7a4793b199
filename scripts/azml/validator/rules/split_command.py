"""A line break inside a command that makes the shell run two commands.

Bad:
    command: |
      python train.py
      --data ${{inputs.data}}

Fix: write ">-" instead of "|", with all lines indented alike and no blank lines.

Source: https://yaml.org/spec/1.2.2/#813-folded-style (blank and deeper lines keep their breaks); backslash:
https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command, "Common errors".
"""

import re

from azml.validator.findings import Findings, error, warning
from azml.validator.rule import Rule
from azml.validator.shell import Command

RULE = Rule("split-command")

# A line that starts with an option and does not continue the line before.
_SPLIT = re.compile(
    r"(?:(?<![\\|&;(\s])[ \t]*|\\(?P<blanks>[ \t]+))\n\s*(?:\$\[\[)?(?P<option>--?[A-Za-z][\w-]*)"
)
_FOLDED_BACKSLASH = re.compile(r"\\ +(?P<option>--?[A-Za-z][\w-]*)")


def check_command(command: Command) -> Findings:
    if match := _search(_SPLIT, command.text):
        what = "the shell runs this line as a separate command"
        yield error(
            f"{what}; {_advice(command, match)}", command, text=match["option"], at=match.start("option")
        )
    elif match := _search(_FOLDED_BACKSLASH, command.text):
        message = "the backslash becomes part of this argument; remove it"
        yield warning(message, command, text=match["option"], at=match.start("option"))


def _advice(command: Command, match: re.Match) -> str:
    if match["blanks"]:
        return "remove the spaces after the backslash of the line before"
    is_folded = command.document.source(command.pointer).startswith(">")
    return "indent all lines alike, without blank lines" if is_folded else "join the lines with '>-'"


def _search(pattern: re.Pattern, text: str) -> re.Match | None:
    """Return the first match that is not inside quotes."""
    match = pattern.search(text) if "<<" not in text else None
    before = text[: match.start()] if match else ""
    return None if before.count('"') % 2 or before.count("'") % 2 else match
