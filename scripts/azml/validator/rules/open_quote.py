"""An unclosed quote in a command.

Bad:
    command: python train.py --name "${{inputs.name}}

Fix: close it, or write ``\\'`` for an apostrophe.

Source: https://www.gnu.org/software/bash/manual/bash.html#Quoting (the job fails before the script starts).
"""

import re

from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.shell import Command, unquoted

RULE = Rule("open-quote")


def check_command(command: Command) -> Findings:
    if "<<" in command.text or "#" in command.text:
        return  # here-documents and comments have their own quoting
    if quote := re.search("['\"]", unquoted(command.text)):
        yield error(f"this {quote[0]} is never closed", command, text=quote[0], at=quote.start())
