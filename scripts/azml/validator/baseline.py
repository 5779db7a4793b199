"""Findings that a repository already had when it began to use the validator: known, and not reported.

A finding is recognized by its rule, its file and the text of its line, so that it may move. What stands
twice in a file is counted.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from azml.core.finding import Finding
from azml.core.show import in_repository

VERSION = 1
NAME = "azml-baseline.json"
_LENGTH = 16


class BaselineError(Exception):
    """A baseline that cannot be read."""


class Baseline(Counter[tuple[str, str, str]]):
    """How often each finding is known."""

    def takes(self, finding: Finding) -> bool:
        """Tell whether a finding is known, and know it once less."""
        key = _key(finding)
        self[key] -= 1
        return self[key] >= 0


def read_baseline(path: Path) -> Baseline:
    """Return the findings that a file makes known; raise BaselineError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise BaselineError(f"{path}: version {content['version']} of a baseline; expected {VERSION}")
        return Baseline(
            {(row["path"], row["rule"], row["line"]): row["count"] for row in content["findings"]}
        )
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror}; --write-baseline makes a baseline") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BaselineError(f"{path}: this is not a baseline of azml") from error


def write_baseline(path: Path, findings: Iterable[Finding]) -> None:
    """Write a file that makes the findings known."""
    counts = Counter(map(_key, findings))
    rows = [
        json.dumps({"path": name, "rule": rule, "line": line, "count": counts[name, rule, line]})
        for name, rule, line in sorted(counts)
    ]
    # A finding a line, for those who read what a commit changes.
    text = ",\n".join(rows)
    path.write_text(f'{{"version": {VERSION}, "findings": [\n{text}\n]}}\n', encoding="utf-8")


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """Return what each finding is recognized by, also after lines were inserted above it."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for key in map(_key, findings):
        seen[key] += 1
        text = "\n".join((*key, str(seen[key])))
        found.append(_digest(text, 2 * _LENGTH))
    return found


def _key(finding: Finding) -> tuple[str, str, str]:
    """Return path, rule and a digest of the line as it may be shown."""
    digest = _digest(" ".join(finding.source.split()), _LENGTH)
    return in_repository(finding.path), finding.rule, digest


def _digest(text: str, length: int) -> str:
    from hashlib import sha256  # slow to import, and few runs have a baseline

    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:length]
