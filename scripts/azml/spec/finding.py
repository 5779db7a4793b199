"""One mistake in a spec, as a value: where it is, which rule found it and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, order=True)
class Related:
    """Another place that explains a finding; line and column count from 1."""

    path: str
    line: int
    column: int
    message: str


@dataclass(frozen=True, order=True)
class Finding:
    """A mistake at ``path:line:column`` (both count from 1; ``end_column`` closes the marked text)."""

    path: str
    line: int
    column: int
    rule: str
    message: str
    severity: str = ERROR
    end_column: int = 0
    related: tuple[Related, ...] = ()

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.rule}]"


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known name, or what is known, or nothing."""
    names = sorted({str(each) for each in known})
    folded = {each.lower(): each for each in names}
    near = get_close_matches(str(name).lower(), folded, n=1, cutoff=0.6)
    if near:
        return f"; did you mean '{folded[near[0]]}'?"
    if 0 < len(names) <= 8:
        return f"; known here: {', '.join(names)}"
    return ""
