"""Fixes: applied to the texts of the files, checked, and only then written.

What a fix does not touch stays byte for byte. A fix after which there is an error that was not there before
is left out.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from azml.core.document import Document, load
from azml.core.finding import ERROR, Edit, Finding, Fix
from azml.core.show import in_repository, printable

from .report import Report

# Each round applies a fix or refuses one, and a fix may uncover the next mistake.
_MOST_ROUNDS = 100
_BOM = b"\xef\xbb\xbf"


@dataclass
class Fixer:
    """Collects in ``texts`` what the files become.

    ``check`` reports with given texts on all that is to be checked, or on some of the files: that is quick.
    """

    check: Callable[[dict[Path, str], list[Path] | None], Report]
    is_unsafe: bool = False
    texts: dict[Path, str] = field(default_factory=dict)
    count: int = 0

    def run(self, report: Report) -> Report:
        """Apply what can be applied and return the report on the result."""
        refused: set[Fix] = set()
        for _ in range(_MOST_ROUNDS):
            fixes = without_overlaps(self._candidates(report.findings, refused))
            if not fixes:
                break
            report = self._apply(fixes, report, refused)
        return report

    def _candidates(self, findings: list[Finding], refused: set[Fix]) -> list[Fix]:
        fixes = dict.fromkeys(each.fix for each in findings if each.fix)
        return [each for each in fixes if (each.is_safe or self.is_unsafe) and each not in refused]

    def _apply(self, fixes: list[Fix], report: Report, refused: set[Fix]) -> Report:
        """Apply fixes that do not overlap; where they make an error, each half of them by itself."""
        changed = edited_texts(fixes, self.texts)
        texts, errors = self.texts | changed, _errors(report)
        if not _errors(self.check(texts, list(changed))) - errors:
            result = self.check(texts, None)
            if not _errors(result) - errors:
                self.texts, self.count = texts, self.count + len(fixes)
                return result
        if len(fixes) == 1:
            refused.update(fixes)
            return report
        # Positions hold for the texts as they were: the second half is found anew in the next round.
        return self._apply(fixes[: len(fixes) // 2], report, refused)


def _errors(report: Report) -> Counter[tuple[str, str, str]]:
    return Counter((each.path, each.rule, each.message) for each in report.findings if each.severity == ERROR)


def without_overlaps(fixes: Iterable[Fix]) -> list[Fix]:
    """Return the fixes, without those that touch what an earlier one changes."""
    taken: list[Edit] = []
    chosen = []
    for fix in fixes:
        if not any(_overlap(edit, other) for edit in fix.edits for other in taken):
            chosen.append(fix)
            taken += fix.edits
    return chosen


def _overlap(one: Edit, other: Edit) -> bool:
    is_before = (one.end_line, one.end_column) <= (other.line, other.column)
    is_after = (other.end_line, other.end_column) <= (one.line, one.column)
    return one.path == other.path and not is_before and not is_after


def edited_texts(fixes: Iterable[Fix], texts: dict[Path, str]) -> dict[Path, str]:
    """Return the texts of the files that the fixes change; ``texts`` come before what is on disk."""
    edits: dict[Path, list[Edit]] = {}
    for fix in fixes:
        for edit in fix.edits:
            edits.setdefault(Path(edit.path), []).append(edit)
    return {path: edited(_document(path, texts), found) for path, found in edits.items()}


def _document(path: Path, texts: dict[Path, str]) -> Document:
    return Document(path, texts[path]) if path in texts else load(path)


def edited(document: Document, edits: Iterable[Edit]) -> str:
    """Return a document's text with edits, none of which touches another."""
    text = document.text
    for edit in sorted(edits, key=lambda each: (each.line, each.column), reverse=True):
        start, end = (
            document.offset(edit.line, edit.column),
            document.offset(edit.end_line, edit.end_column),
        )
        text = text[:start] + edit.text + text[end:]
    return text


def diff(texts: dict[Path, str]) -> str:
    """Return what writing the texts would change, as a unified diff."""
    lines: list[str] = []
    for path, text in sorted(texts.items()):
        name = in_repository(str(path))
        before, after = _lines(load(path).text), _lines(text)
        lines += unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm="")
    parts = (part for line in lines for part in line.split("\n"))
    return "\n".join(part[:1] + printable(part[1:].rstrip("\r")) for part in parts)


def _lines(text: str) -> list[str]:
    """Return the lines of a text, the last one with the note that diff adds where it does not end."""
    *lines, last = text.split("\n")
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines


def write(path: Path, text: str) -> None:
    """Replace a file's text, at once or not at all; its mode, its byte order mark and a link to it stay."""
    import tempfile  # slow to import, and few runs fix anything
    from shutil import copymode

    target = Path(os.path.realpath(path))
    mark = _BOM if target.read_bytes().startswith(_BOM) else b""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(mark + text.encode("utf-8"))
        copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
