"""What a rule is: an id, a severity and a documented reason."""

from dataclasses import dataclass

from azml.core.finding import ERROR


@dataclass(frozen=True)
class Rule:
    """One thing that the validator checks.

    ``severity`` is what the rule reports by default; some of its findings may be milder. Where several rules
    report the same token, the one with the lowest ``precedence`` explains the others and is reported alone.
    Findings that are a ``consequence`` of some error in the same file are dropped: an input is unused because
    its binding is misspelled.
    """

    id: str
    severity: str = ERROR
    precedence: int = 1
    is_consequence: bool = False
    doc: str = ""

    @property
    def summary(self) -> str:
        """What the rule finds, in one sentence."""
        return " ".join(self.doc.split("\n\n")[0].split())
