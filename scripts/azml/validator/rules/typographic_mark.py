"""A typographic dash or quote, which the shell and YAML read as an ordinary character.

Bad:
    command: python train.py —data “${{inputs.data}}”
    inputs:
      rate: “${{parent.inputs.rate}}”

Fix: type ``--data`` and ``"``; word processors and chats replace them.

Source: https://www.gnu.org/software/bash/manual/bash.html#Quoting (only ASCII quotes do);
https://yaml.org/spec/1.2.2/#73-flow-scalar-styles.
"""

import re

from azml.core.components import Step
from azml.core.finding import Fix
from azml.validator.findings import Findings, error, put, warning
from azml.validator.rule import Rule
from azml.validator.shell import Command, unquoted

RULE = Rule("typographic-mark")

_SINGLE, _DOUBLE = "\u2018\u2019\u201a\u201b", "\u201c\u201d\u201e\u201f"
_QUOTED = re.compile(rf"\s*[{_SINGLE}{_DOUBLE}\u00ab](\$\{{\{{[^{{}}]*\}}\}})[{_SINGLE}{_DOUBLE}\u00bb]\s*")
_MARK = re.compile(r"(?<!\S)(?P<dash>[\u2013\u2014]+)(?=\w)|(?<![^\s=])[\u2018-\u201f]")


def check_step(step: Step) -> Findings:
    for pointer, value in step.pointers():
        if pointer[len(step.pointer)] in ("inputs", "outputs") and (match := _QUOTED.fullmatch(str(value))):
            message = "these are typographic quotes, a part of the text; type ' or \" or leave them out"
            fix = put(match[1], step, *pointer[len(step.pointer) :], is_safe=True)
            yield error(message, step, *pointer[len(step.pointer) :], fix=fix)


def check_command(command: Command) -> Findings:
    match = _MARK.search(unquoted(command.text)) if "<<" not in command.text else None
    if match:
        wrong, right = ("dash", "'-' or '--'") if match["dash"] else ("quote", "' or \"")
        message = f"this is a typographic {wrong}, which the shell does not understand; type {right}"
        report = error if match["dash"] else warning
        fix = _dashes(command, match) if match["dash"] else _quotes(command, match)
        yield report(message, command, text=match[0], at=match.start(), fix=fix)


def _dashes(command: Command, mark: re.Match) -> Fix | None:
    # Documents join "--" to one dash; a name of one letter has one hyphen.
    is_short = re.match(r"\w(?!\w)", command.text[mark.end() :])
    return put("-" if is_short else "--", command, text=mark[0], at=mark.start(), is_safe=True)


def _quotes(command: Command, opening: re.Match) -> Fix | None:
    """Return the fix of a quote and of the one that closes it; None where there is none, or an ASCII one."""
    marks, quote = (_SINGLE, "'") if opening[0] in _SINGLE else (_DOUBLE, '"')
    closing = re.compile(rf"[{marks}{quote}](?!\w)").search(command.text, opening.end())
    if closing is None or closing[0] == quote:
        return None
    both = [put(quote, command, text=each[0], at=each.start()) for each in (opening, closing)]
    edits = tuple(edit for fix in both if fix for edit in fix.edits)
    return Fix(edits, is_safe=True) if len(edits) == 2 else None
