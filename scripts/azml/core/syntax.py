"""What is wrong with text that is not YAML, in words: guesses at what was meant, the surest first.

The parser's context mark often has the line of the mistake where its problem mark is far below it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

# Where a mistake is (line and column, from 1) and what it is.
Guess = tuple[int, int, str]


@dataclass(frozen=True)
class Failure:
    """A text and how far the parser came with it: ``line`` and ``above`` are where it failed and began."""

    lines: list[str]
    problem: str
    context: str
    line: int
    column: int
    above: int

    def text(self, line: int) -> str:
        """Return a line of the text, counted from 1; empty below the last one."""
        return self.lines[line - 1] if 0 < line <= len(self.lines) else ""


def explain(text: str, error: yaml.MarkedYAMLError) -> Guess:
    """Return where a mistake in YAML is and what it is."""
    mark, begun = error.problem_mark or error.context_mark, error.context_mark or error.problem_mark
    failure = Failure(
        text.splitlines(),
        error.problem or "",
        error.context or "",
        mark.line + 1 if mark else 1,
        mark.column + 1 if mark else 1,
        begun.line + 1 if begun else 1,
    )
    found = next(filter(None, (guess(failure) for guess in _GUESSES)), None)
    if found:
        return found
    context = f" ({failure.context})" if failure.context else ""
    return failure.line, failure.column, f"{failure.problem or 'it cannot be parsed'}{context}"


def _merge_conflict(failure: Failure) -> Guess | None:
    for number, line in enumerate(failure.lines, start=1):
        if re.match(r"(<{7}|={7}|>{7})(\s|$)", line):
            return number, 1, "a merge conflict is not resolved here"
    return None


def _tab(failure: Failure) -> Guess | None:
    before = failure.text(failure.line)[: failure.column]
    if "\t" in before and not before[:-1].strip():
        return failure.line, failure.column, "a tab indents this line; YAML allows only spaces"
    return None


def _strange_space(failure: Failure) -> Guess | None:
    for number in range(min(failure.above, failure.line - 1), failure.line + 1):
        if match := re.search("[\u00a0\u2000-\u200b\u202f\u3000\ufeff]", failure.text(number)):
            name = f"U+{ord(match[0]):04X}"
            return number, match.start() + 1, f"this is not an ordinary space ({name}); type a space"
    return None


def _curly_quote(failure: Failure) -> Guess | None:
    for number in range(failure.above, failure.line + 1):
        if match := re.search(r"(?<=[:\-\[,]\s)[\u2018-\u201f]", failure.text(number)):
            return number, match.start() + 1, "this is a typographic quote; type ' or \""
    return None


# YAML reads on for some lines before it stumbles.
NEAR = 10


def _typographic_dash(failure: Failure) -> Guess | None:
    for number in range(max(1, failure.line - NEAR), failure.line + 1):
        if match := re.match(r"\s*(?:- )*([\u2010-\u2015\u2022\u2212])(?=\s)", failure.text(number)):
            return number, match.start(1) + 1, "this is a typographic mark; begin an item of a list with -"
    return None


def _no_space_after_colon(failure: Failure) -> Guess | None:
    """A line such as ``seed:42`` is one text to YAML, and the next key comes as a surprise."""
    for number in (failure.above, failure.line, failure.line - 1):
        match = re.match(r"(\s*(?:- )?[A-Za-z_][\w.\-]*:)(?!//)[^\s/]", failure.text(number))
        if match and "could not find expected ':'" in failure.problem:
            return number, match.end(1), "a space is missing after this ':'"
        if match and "mapping values" in failure.problem:
            return number, match.end(1), "a space is missing after this ':'"
    return None


def _no_colon(failure: Failure) -> Guess | None:
    """A key without its colon, or a line of text that lost its indent, is one text with the next lines."""
    line = failure.text(failure.above)
    if failure.problem != "could not find expected ':'" or failure.above == failure.line:
        return None
    words = "this line is not 'key: value'; was it indented?"
    if match := re.match(r"\s*[A-Za-z_][\w.\-]*\s*(=\s|$)", line):
        words = "write ': ' after this key, not '='" if match[1] else "a ':' is missing after this key"
    return failure.above, len(line) - len(line.lstrip()) + 1, words


def _apostrophe(failure: Failure) -> Guess | None:
    line = failure.text(failure.line)
    before = line[: failure.column - 1]
    is_quoted = re.search(r"(?:^|[:\-\[,]\s+)'[^']*'$", before.rstrip())
    if is_quoted and line[failure.column - 1 : failure.column].isalpha():
        return failure.line, len(before.rstrip()), "this ' ends the quoted text; write '' for an apostrophe"
    return None


def _unclosed(failure: Failure) -> Guess | None:
    is_flow = "flow" in failure.context and "expected ',' or" in failure.problem
    if "quoted scalar" not in failure.context and not is_flow:
        return None
    line = failure.text(failure.above)
    opened = max(line.find(mark) for mark in "\"'[{") if failure.above != failure.line else -1
    column = opened + 1 if opened >= 0 else failure.column
    return failure.above, column, "this quote or bracket is never closed, or a comma is missing behind it"


def _misplaced_colon(failure: Failure) -> Guess | None:
    if failure.problem != "mapping values are not allowed in this context":
        return None
    words = "a ':' starts a mapping where one is not allowed; quote the value or check the indentation"
    return failure.line, failure.column, words


def _indentation(failure: Failure) -> Guess | None:
    """A line that is indented less than its neighbors ends a mapping too early, or starts one too many."""
    if "block mapping" not in failure.context or "expected" not in failure.problem:
        return None
    line = failure.text(failure.line)
    if line[: failure.column - 1].strip() or not re.match(r"\s*[\w$.\-]+\s*:(\s|$)", line):
        return None
    words = f"the indentation of this line does not fit the mapping that begins on line {failure.above}"
    return failure.line, failure.column, words


_GUESSES: tuple[Callable[[Failure], Guess | None], ...] = (
    _merge_conflict,
    _tab,
    _strange_space,
    _curly_quote,
    _typographic_dash,
    _no_space_after_colon,
    _no_colon,
    _apostrophe,
    _unclosed,
    _misplaced_colon,
    _indentation,
)
