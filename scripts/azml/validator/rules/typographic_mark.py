"""A dash or quote of a word processor in a command: the shell and the script take it for a letter.

Bad:
    command: python train.py —data “${{inputs.data}}”

Fix: type ``--data`` and ``"``; documents and chats replace them as they are written.

Source: https://www.gnu.org/software/bash/manual/bash.html#Quoting (only ASCII quotes do).
"""

import re

from azml.validator.findings import Findings, error, warning
from azml.validator.rule import Rule
from azml.validator.shell import Command, unquoted

RULE = Rule("typographic-mark")

_MARK = re.compile(r"(?<!\S)(?P<dash>[\u2013\u2014]+)(?=\w)|(?<![^\s=])[\u2018-\u201f]")


def check_command(command: Command) -> Findings:
    match = _MARK.search(unquoted(command.text)) if "<<" not in command.text else None
    if match:
        wrong, right = ("dash", "'-' or '--'") if match["dash"] else ("quote", "' or \"")
        message = f"this {wrong} is a word processor's, and no {wrong} to the shell; type {right}"
        report = error if match["dash"] else warning
        yield report(message, command, text=match[0], at=match.start())
