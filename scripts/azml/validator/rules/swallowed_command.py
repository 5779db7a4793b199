"""A comment in a folded command: YAML joins the lines, so the shell ignores everything after it.

Bad:
    command: >-
      python train.py  # the model
      --data ${{inputs.data}}

Fix: move the comment out of the command.

Source: https://yaml.org/spec/1.2.2/#813-folded-style (a ``#`` inside a block is text, not a comment).
"""

import re

from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.shell import Command, unquoted

RULE = Rule("swallowed-command")


def check_command(command: Command) -> Findings:
    text, source = command.text, command.document.source(command.pointer)
    for mark in re.finditer(r"(?<=\s)#", unquoted(text)) if "<<" not in text else ():
        comment = text[mark.start() :].split("\n")[0].rstrip()
        if comment not in source:
            message = "YAML joins the lines, so everything after this # is a comment"
            yield error(message, command, text="#", at=mark.start())
            return
