"""A typographic dash or quote in a command, which the shell reads as an ordinary character.

Bad:
    command: python train.py —data “${{inputs.data}}”

Fix: type ``--data`` and ``"``; word processors and chats replace them.

Source: https://www.gnu.org/software/bash/manual/bash.html#Quoting (only ASCII quotes do).
"""

import re

from azml.validator.findings import Findings, error, put, warning
from azml.validator.rule import Rule
from azml.validator.shell import Command, unquoted

RULE = Rule("typographic-mark")

_MARK = re.compile(r"(?<!\S)(?P<dash>[\u2013\u2014]+)(?=\w)|(?<![^\s=])[\u2018-\u201f]")


def check_command(command: Command) -> Findings:
    match = _MARK.search(unquoted(command.text)) if "<<" not in command.text else None
    if match:
        wrong, right = ("dash", "'-' or '--'") if match["dash"] else ("quote", "' or \"")
        message = f"this is a typographic {wrong}, which the shell does not understand; type {right}"
        report = error if match["dash"] else warning
        # Documents join "--" to one dash; a name of one letter has one hyphen.
        is_short = re.match(r"\w(?!\w)", command.text[match.end() :])
        hyphens = ("-" if is_short else "--") if match["dash"] else None
        fix = put(hyphens, command, text=match[0], at=match.start(), is_safe=True)
        yield report(message, command, text=match[0], at=match.start(), fix=fix)
