"""A command that the shell sees as several: a line break inside it that YAML does not fold away.

Bad:
    command: |
      python train.py
      --data ${{inputs.data}}

Fix: write ">-" instead of "|", all lines indented alike and none blank in between.

Source: https://yaml.org/spec/1.2.2/#813-folded-style (blank and deeper lines keep their breaks); backslash:
https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command, "Common errors".
"""

import re
from collections.abc import Iterator

from azml.spec.finding import WARNING, Finding
from azml.spec.project import Project

ID = "split-command"

# A line that starts with an option and does not continue the line before it.
_SPLIT = re.compile(r"(?<![\\|&;(\s])[ \t]*\n\s*(?P<option>--?[A-Za-z][\w-]*)")
_FOLDED_BACKSLASH = re.compile(r"\\ +(?P<option>--?[A-Za-z][\w-]*)")


def check(project: Project) -> Iterator[Finding]:
    """Yield a finding at the option that starts a line of its own."""
    for component in list(project.components.values()):
        command = component.data.get("command")
        if not isinstance(command, str) or "<<" in command:
            continue
        pointer = (*component.pointer, "command")
        for pattern, message, severity in (
            (_SPLIT, "the shell takes this line for a command of its own; fold the lines with '>-'", "error"),
            (_FOLDED_BACKSLASH, "a folded backslash becomes part of this argument; leave it out", WARNING),
        ):
            if (match := pattern.search(command)) and _balanced(command[: match.start()]):
                source = component.document.source(pointer)
                index = command[: match.start("option")].count(match["option"])
                start = _occurrence(source, match["option"], index)
                end = start + len(match["option"])
                yield component.document.finding_in(ID, message, pointer, start, end, severity=severity)
                break


def _occurrence(text: str, part: str, index: int) -> int:
    start = text.find(part)
    while index and start >= 0:
        start, index = text.find(part, start + 1), index - 1
    return max(start, 0)


def _balanced(text: str) -> bool:
    return text.count('"') % 2 == 0 and text.count("'") % 2 == 0
