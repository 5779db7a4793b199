"""A quote in a command that is never closed.

Bad:
    command: python train.py --name "${{inputs.name}}

Fix: close it, or write ``\\'`` for an apostrophe.

Source: https://www.gnu.org/software/bash/manual/bash.html#Quoting (the job fails before the script starts).
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.spec.scope import finding_at
from azml.validator.command_line import command_of, unquoted

ID = "open-quote"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each quote that the end of the command leaves open."""
    for component in list(project.components.values()):
        command = command_of(component)
        # What follows << or # is not quoted as the rest is.
        plain = [] if "<<" in command or "#" in command else list(unquoted(command))
        if plain and plain[-1][1] in "'\"":
            place, quote = plain[-1]
            message = f"this {quote} is never closed"
            pointer = (*component.pointer, "command")
            yield finding_at(component.document, ID, message, pointer, quote, command[:place].count(quote))
