"""Blocks in the wrong column: where moving one takes several errors away, it is one mistake.

The errors say where to look. Each block there is moved into what stands above it, or out of what it stands
in, and the specs are checked again; what else is wrong is then told of the specs as they were meant.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from azml.core.document import Document
from azml.core.finding import ERROR, Edit, Finding, Fix
from azml.core.kinds import kind_of
from azml.core.project import Documents
from azml.core.rule_ids import DUPLICATE_KEY, YAML_SYNTAX

from .fixes import edited
from .report import Report
from .schema.error import MISSING_KEY, UNKNOWN_KEY, WRONG_TYPE
from .schema.validation import validate

Check = Callable[[list[Path]], Report]

_RULES = {DUPLICATE_KEY, MISSING_KEY.id, UNKNOWN_KEY.id, WRONG_TYPE.id}
# So much is tried, for a tree that is wrong throughout not to take much longer.
_MOST_FILES, _MOST_LINES, _MOST_KEYS, _MOST_CHECKS = 10, 6, 8, 4
_KEY = re.compile(r"( *)([^\s#'\"\-{\[&*!|>%@`][^:#]*):(\s*(?:#.*)?$)?(?=\s|$)")


@dataclass(frozen=True)
class _Line:
    """A line that begins with a key: its number from 1, its column from 0."""

    number: int
    column: int
    key: str
    is_empty: bool


@dataclass(frozen=True)
class _Move:
    """Lines from the key's to ``last``, to stand ``by`` columns further in (or out); ``text`` says so."""

    key: _Line
    last: int
    by: int
    text: str


def explain_errors(check: Check, given: list[Path], documents: Documents) -> Report:
    """Return the report on files and folders, with one finding for each block in a wrong column."""
    report = check(given)
    by_file: dict[str, list[Finding]] = {}
    for finding in _errors(report):
        by_file.setdefault(finding.path, []).append(finding)
    suspects = [name for name, errors in by_file.items() if len(errors) > 1][:_MOST_FILES]
    found = {Path(name): _best_move(Path(name), by_file[name], check, documents) for name in suspects}
    moves = {path: move for path, move in found.items() if move}
    if not moves:
        return report
    before = {path: documents.read(path) for path in moves}
    with documents.instead({path: _moved(before[path], move) for path, move in moves.items()}):
        report = check(given)
    told = [_finding(before[path], move, by_file[str(path)]) for path, move in moves.items()]
    rest = (_as_written(each, before, moves) for each in report.findings)
    return replace(report, findings=sorted([*told, *rest]))


def _errors(report: Report) -> list[Finding]:
    return [each for each in report.findings if each.severity == ERROR]


def _best_move(path: Path, errors: list[Finding], check: Check, documents: Documents) -> _Move | None:
    """Return the move that takes most errors away, at least two, and brings none; or None."""
    document = documents.read(path)
    moves = _likely_moves(document, errors)
    if not moves:
        return None
    before = _counted(_errors(check([path])))
    best, fewest = None, before.total() - 1
    for move in moves:
        with documents.instead({path: _moved(document, move)}):
            after = _counted(_errors(check([path])))
        if not after - before and after.total() < fewest:
            best, fewest = move, after.total()
    return best


def _counted(errors: Iterable[Finding]) -> Counter[tuple[str, str, str]]:
    return Counter((each.path, each.rule, each.message) for each in errors)


def _likely_moves(document: Document, errors: list[Finding]) -> list[_Move]:
    """Return the moves that leave least for the schema to refuse, and less than now; the smallest first."""
    kind = kind_of(document)
    if kind is None:
        return []
    numbers = sorted({each.line for each in errors if each.rule in _RULES})[:_MOST_LINES]
    lines = _lines(document.text)
    moves = dict.fromkeys(move for number in numbers for move in _moves(lines, number))
    costs = {move: _cost(document.path, _moved(document, move), kind) for move in moves}
    limit = _cost(document.path, document.text, kind)
    likely = [move for move, cost in costs.items() if cost < limit]
    return sorted(likely, key=lambda move: (costs[move], move.last - move.key.number))[:_MOST_CHECKS]


def _cost(path: Path, text: str, kind: str) -> float:
    """Return how much is wrong with a spec by itself."""
    document = Document(path, text)
    document.parse()
    if any(each.rule == YAML_SYNTAX for each in document.findings):
        return float("inf")
    return len(document.findings) + len(validate(kind, document.data))


def _lines(text: str) -> dict[int, _Line]:
    """Return the lines that begin with a key, by number, in order."""
    found = {number: _KEY.match(line) for number, line in enumerate(text.split("\n"), 1)}
    return {
        number: _Line(number, len(match[1]), match[2], match[3] is not None)
        for number, match in found.items()
        if match
    }


def _moves(lines: dict[int, _Line], number: int) -> Iterator[_Move]:
    """Yield the moves that may mend what is wrong in a line."""
    if key := lines.get(number):
        yield from _outwards(lines, key)
        yield from _inwards(lines, key)
        below = _next_beside(lines, key)
        if key.is_empty and below:
            yield from _inwards(lines, below)


def _outwards(lines: dict[int, _Line], key: _Line) -> Iterator[_Move]:
    """Yield the moves out of the mappings around a key: of all that is in it, or of it alone."""
    column = key.column
    for line in reversed(lines.values()):
        if line.number < key.number and line.column < column:
            column = line.column
            text = f"'{key.key}' is indented too far: move it out of '{line.key}'"
            yield _Move(key, _end(lines, key), column - key.column, text)
            if key.is_empty:
                yield _Move(key, key.number, column - key.column, text)


def _inwards(lines: dict[int, _Line], key: _Line) -> Iterator[_Move]:
    """Yield the moves into the key above: of one key, or of several where nothing is in it yet."""
    above = [line for line in lines.values() if line.number < key.number and line.column <= key.column]
    if not above or above[-1].column != key.column:
        return
    into = above[-1]
    inner = lines.get(into.number + 1)
    by = inner.column - key.column if inner and inner.column > key.column else 2
    last: _Line | None = key
    for _ in range(_MOST_KEYS if into.is_empty else 1):
        if last:
            text = f"'{key.key}' is indented too little: move it into '{into.key}'"
            yield _Move(key, _end(lines, last), by, text)
            last = _next_beside(lines, last)


def _next_beside(lines: dict[int, _Line], key: _Line) -> _Line | None:
    """Return the next key of the same mapping."""
    after = _after(lines, key)
    return after if after and after.column == key.column else None


def _end(lines: dict[int, _Line], key: _Line) -> int:
    """Return the number of the last line of what belongs to a key."""
    after = _after(lines, key)
    return after.number - 1 if after else max(lines)


def _after(lines: dict[int, _Line], key: _Line) -> _Line | None:
    later = (line for line in lines.values() if line.number > key.number)
    return next((line for line in later if line.column <= key.column), None)


def _moved(document: Document, move: _Move) -> str:
    return edited(document, _edits(document, move))


def _edits(document: Document, move: _Move) -> Iterator[Edit]:
    for number in range(move.key.number, move.last + 1):
        line = document.line(number)
        blanks = len(line) - len(line.lstrip(" "))
        if line.strip():
            end = 1 + max(0, min(-move.by, blanks))
            yield Edit(str(document.path), number, 1, number, end, " " * max(0, move.by))


def _finding(document: Document, move: _Move, errors: list[Finding]) -> Finding:
    """Return the finding on a block, at its key; its rule is of those that are reported."""
    rules = [each.rule for each in errors if each.rule in _RULES]
    column = move.key.column + 1
    return document.shown(
        Finding(
            str(document.path),
            move.key.number,
            column,
            UNKNOWN_KEY.id if UNKNOWN_KEY.id in rules else rules[0],
            move.text,
            end_column=column + len(move.key.key),
            fix=Fix(tuple(_edits(document, move)), is_safe=False),
        )
    )


def _as_written(finding: Finding, before: dict[Path, Document], moves: dict[Path, _Move]) -> Finding:
    """Return a finding on a spec as it was meant, at the place where it is written."""
    path = Path(finding.path)
    move = moves.get(path)
    if move is None or not move.key.number <= finding.line <= move.last:
        return finding
    column = finding.column - move.by
    end_column = finding.end_column - move.by if finding.end_column else 0
    return before[path].shown(replace(finding, column=column, end_column=end_column, fix=None))
