"""One mistake in a spec, as a value: where it is, which rule found it and what to do."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice

ERROR, WARNING = "error", "warning"

# How alike a name must be to be offered as a hint, and to be taken for a misspelling of a known name where
# it could also be a name of its own.
ALIKE, NEARLY_THE_SAME = 0.6, 0.82
# Among more names than these no near one is looked for: every mistake would cost as much as there are names.
MOST_NAMES = 200


@dataclass(frozen=True, order=True)
class Related:
    """Another place that explains a finding; line and column count from 1."""

    path: str
    line: int
    column: int
    message: str


@dataclass(frozen=True)
class Edit:
    """A replacement of the text of a file from ``line:column`` up to ``end_line:end_column``, from 1."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True)
class Fix:
    """Edits that remove a mistake; they are safe if only one thing can have been meant."""

    edits: tuple[Edit, ...]
    is_safe: bool

    @property
    def description(self) -> str:
        """What is written, in a few words."""
        texts = [each.text for each in self.edits if each.text]
        if all(
            each.column == 1 and each.line == each.end_line and not each.text.strip() for each in self.edits
        ):
            return "change the indentation"
        return f"write {', '.join(texts)}" if texts else "remove it"


@dataclass(frozen=True, order=True)
class Finding:
    """A mistake at ``path:line:column`` (both count from 1; ``end_column`` closes the marked text).

    ``source`` is the line as it may be shown: secrets are hidden, and it is empty for a file outside the
    repository.
    """

    path: str
    line: int
    column: int
    rule: str
    message: str
    severity: str = ERROR
    end_column: int = 0
    related: tuple[Related, ...] = ()
    fix: Fix | None = field(default=None, compare=False)
    source: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.rule}]"


def nearest(name: object, known: Iterable[str], cutoff: float = ALIKE) -> str | None:
    """Return the known name that was probably meant, or None where none is near; case does not count."""
    known = list(islice(known, MOST_NAMES + 1))
    if len(known) > MOST_NAMES:
        return None
    folded = {str(each).lower(): str(each) for each in sorted(known, key=str)}
    wanted = str(name).lower()
    near = [wanted] if wanted in folded else get_close_matches(wanted, folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def put_near(text: str, name: str, known: Iterable[str]) -> str | None:
    """Return a text that ends with a name, or a binding to it, with the nearest known name in its place."""
    near = nearest(name, known)
    before, found, after = text.rpartition(name)
    return f"{before}{near}{after}" if near and found and near != name else None


def did_you_mean(name: object, known: Iterable[str], unused: Collection[str] = ()) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known name, or what is known, or nothing.

    If none is near, the one name that is ``unused`` is likely the one that was renamed.
    """
    names = {str(each) for each in islice(known, MOST_NAMES + 1)}
    if near := nearest(name, names):
        return f"; did you mean '{near}'?"
    if len(unused) == 1:
        return f"; did you mean '{next(iter(unused))}'?"
    if 0 < len(names) <= 8:
        return f"; known here: {', '.join(sorted(names))}"
    return ""
