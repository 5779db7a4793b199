"""What a rule is: an id, a severity and a documented reason."""

import re
from dataclasses import dataclass
from textwrap import dedent

from azml.core.finding import ERROR

_BAD = re.compile(r"^Bad( \([^)]*\))?:\n((?:    .*\n|\n)+)", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """One thing that the validator checks.

    ``severity`` is what the rule reports by default; some of its findings may be milder. Where several rules
    report the same token, the one with the lowest ``precedence`` explains the others and is reported alone.
    Findings that are a ``consequence`` of some error in the same file are dropped: an input is unused because
    its binding is misspelled. A rule that is not ``is_default`` gives advice: it is off until a configuration
    selects it or sets its severity. ``since`` is the version of azml that the rule came with. One that
    ``needs_index`` is checked with ``--environments`` only.
    """

    id: str
    severity: str = ERROR
    precedence: int = 1
    is_consequence: bool = False
    is_default: bool = True
    doc: str = ""
    since: str = "0.1"
    needs_index: bool = False

    @property
    def summary(self) -> str:
        """What the rule finds, in one sentence."""
        return " ".join(self.doc.split("\n\n")[0].split())

    @property
    def explanation(self) -> str:
        """What the rule finds, a bad example, the fix, the source, and how to switch the rule off."""
        default = "" if self.is_default else ", off by default"
        default += ", with --environments" if self.needs_index else ""
        return (
            f"{self.id}: {self.severity}{default}, since azml {self.since}\n\n{self.doc.strip()}\n\n"
            f"Switch it off: for a line with the comment # azml: ignore[{self.id}] there or above it;\n"
            f'for a repository with ignore = ["{self.id}"] under [tool.azml] in pyproject.toml.\n'
        )

    @property
    def markdown(self) -> str:
        """The documentation as Markdown: the bad example as code, labels bold."""
        text = _BAD.sub(_code_block, f"{self.doc.strip()}\n")
        text = re.sub(r"^(Fix|Source):", r"**\1:**", text, flags=re.MULTILINE)
        return re.sub("(?<!`)``(?!`)", "`", text).strip()


def _code_block(match: re.Match) -> str:
    return f"**Bad{match[1] or ''}:**\n\n```yaml\n{dedent(match[2]).strip(chr(10))}\n```\n\n"
