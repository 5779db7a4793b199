"""A comment in a folded command: YAML joins the lines, so the shell ignores all that follows it.

Bad:
    command: >-
      python train.py  # the model
      --data ${{inputs.data}}

Fix: move the comment out of the command.

Source: https://yaml.org/spec/1.2.2/#813-folded-style (a ``#`` inside a block is text, not a comment).
"""

from collections.abc import Iterator

from azml.spec.finding import Finding
from azml.spec.project import Project
from azml.spec.scope import finding_at
from azml.validator.command_line import command_of, unquoted

ID = "swallowed-command"


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at each ``#`` that hides a later line of the command."""
    for component in list(project.components.values()):
        command, pointer = command_of(component), (*component.pointer, "command")
        source = component.document.source(pointer) if "#" in command and "<<" not in command else ""
        for place, character in unquoted(command) if source else ():
            hidden = command[place:].split("\n")[0].rstrip()
            if character == "#" and command[place - 1 : place].isspace() and hidden not in source:
                index = command[:place].count("#")
                message = "the lines are folded into one: all that follows this # is a comment"
                yield finding_at(component.document, ID, message, pointer, "#", index)
                break
