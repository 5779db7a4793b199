"""What a run of the validator found: all that an output format is given."""

from dataclasses import dataclass, replace

from azml.core.finding import Finding

from .rule import Rule

MOST_OF_A_KIND = 100


@dataclass(frozen=True)
class Report:
    """Sorted findings, the rules that were checked and the number of specs that were read.

    ``environments`` counts those that were resolved, ``known`` the findings that a baseline leaves out,
    ``fixed`` the fixes that were applied; ``failures`` are messages on bugs of the validator that cost a
    finding or more, and on what could not be checked. ``on_terminal`` says that a person looks at it on one,
    where text may have colors and links.
    """

    findings: list[Finding]
    rules: tuple[Rule, ...]
    specs: int
    known: int = 0
    fixed: int = 0
    failures: tuple[str, ...] = ()
    environments: int = 0
    on_terminal: bool = False

    @property
    def shown(self) -> list[Finding]:
        """The findings, of one rule in one file no more than a hundred; the last one tells how many more."""
        kinds: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            kinds.setdefault((finding.path, finding.rule), []).append(finding)
        for kind in kinds.values():
            if (more := len(kind) - MOST_OF_A_KIND) > 0:
                last = kind[MOST_OF_A_KIND - 1]
                kind[MOST_OF_A_KIND - 1 :] = [replace(last, message=f"{last.message} (and {more:,} more)")]
        return sorted(finding for kind in kinds.values() for finding in kind)
