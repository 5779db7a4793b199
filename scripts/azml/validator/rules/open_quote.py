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
from azml.validator.command_line import command_of

ID = "open-quote"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each quote that the end of the command leaves open."""
    for component in list(project.components.values()):
        command = command_of(component)
        # What follows << or # is not quoted as the rest is.
        place = None if "<<" in command or "#" in command else _open_quote(command)
        if place is not None:
            pointer, quote = (*component.pointer, "command"), command[place]
            message = f"this {quote} is never closed"
            yield finding_at(component.document, ID, message, pointer, quote, command[:place].count(quote))


def _open_quote(text: str) -> int | None:
    """Return where the quote stands that is open at the end of a text, or None."""
    start = None
    at = 0
    while at < len(text):
        if text[at] == "\\" and (start is None or text[start] == '"'):
            at += 1
        elif start is None and text[at] in "'\"":
            start = at
        elif start is not None and text[at] == text[start]:
            start = None
        at += 1
    return start
