"""Findings that a repository already had when it began to use the validator: known, and not reported.

A finding is recognized by its rule, its file and the text of its line, so that it may move. What stands
twice in a file is counted.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from azml.core.finding import Finding
from azml.core.show import file_lines, in_repository

VERSION = 1
_LENGTH = 16


class BaselineError(Exception):
    """A baseline that cannot be read."""


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """Return what each finding is recognized by, also after lines were inserted above it."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for key in map(_key, findings):
        seen[key] += 1
        text = "\n".join((*key, str(seen[key])))
        found.append(_digest(text, 2 * _LENGTH))
    return found


def write_baseline(path: Path, findings: Iterable[Finding]) -> None:
    """Write a file that makes the findings known."""
    counts = Counter(map(_key, findings))
    rows = [
        {"path": name, "rule": rule, "line": line, "count": counts[name, rule, line]}
        for name, rule, line in sorted(counts)
    ]
    text = json.dumps({"version": VERSION, "findings": rows}, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")


def without_known(path: Path, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that are not in a baseline; raise BaselineError if it cannot be read."""
    known = _read(path)
    new = []
    for finding in findings:
        key = _key(finding)
        if known[key] > 0:
            known[key] -= 1
        else:
            new.append(finding)
    return new


def _read(path: Path) -> Counter[tuple[str, str, str]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise BaselineError(f"{path}: version {content['version']} of a baseline; expected {VERSION}")
        return Counter({(row["path"], row["rule"], row["line"]): row["count"] for row in content["findings"]})
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror}; --write-baseline makes a baseline") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BaselineError(f"{path}: this is not a baseline of azml") from error


def _key(finding: Finding) -> tuple[str, str, str]:
    """Return path, rule and a digest of the line: the line itself may hold a secret."""
    lines = file_lines(finding.path)
    line = lines[finding.line - 1] if finding.line <= len(lines) else ""
    digest = _digest(" ".join(line.split()), _LENGTH)
    return in_repository(finding.path), finding.rule, digest


def _digest(text: str, length: int) -> str:
    from hashlib import sha256  # slow to import, and few runs have a baseline

    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:length]
