"""What a run of the validator found: all that an output format is given."""

from dataclasses import dataclass

from azml.core.finding import Finding

from .rule import Rule


@dataclass(frozen=True)
class Report:
    """Sorted findings, the rules that were checked and the number of specs that were read.

    ``known`` counts the findings that a baseline leaves out.
    """

    findings: list[Finding]
    rules: tuple[Rule, ...]
    specs: int
    known: int = 0
