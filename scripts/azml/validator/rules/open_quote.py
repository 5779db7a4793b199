"""A quote in a command that is never closed.

Bad:
    command: python train.py --name "${{inputs.name}}

Fix: close it, or write ``\\'`` for an apostrophe.

Source: https://www.gnu.org/software/bash/manual/bash.html#Quoting (the job fails before the script starts).
"""

from azml.validator.command_line import Command, unquoted
from azml.validator.findings import Findings, error


def check_command(command: Command) -> Findings:
    # What follows << or # is not quoted as the rest is.
    plain = [] if "<<" in command.text or "#" in command.text else list(unquoted(command.text))
    if plain and plain[-1][1] in "'\"":
        place, quote = plain[-1]
        yield error(f"this {quote} is never closed", command, text=quote, before=command.text[:place])
