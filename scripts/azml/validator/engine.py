"""From paths to findings: select the specs, load them, run every rule, report each mistake once.

What is reported: findings in the given files (all specs of the given folders), in the files that these
refer to, and findings elsewhere in the repository that name a given file as a related place. So a commit
that changes only a component or its script still shows what it breaks in the pipelines that use it.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from azml.core.finding import ERROR, Finding
from azml.core.overrides import apply_overrides
from azml.core.project import repository_root

from .report import Report
from .rules import BY_ID, RULES, check_all
from .schema.findings import schema_findings
from .selection import select
from .specs import SpecProject
from .suppressions import find_ignores


def check(paths: Iterable[Path]) -> Report:
    """Return the report on files and folders; those of one repository are checked together."""
    by_root: dict[Path, list[Path]] = {}
    for path in paths:
        by_root.setdefault(Path(os.path.abspath(repository_root(path))), []).append(path)
    reports = [_check_repository(root, given) for root, given in by_root.items()]
    findings = sorted(finding for report in reports for finding in report.findings)
    return Report(findings, RULES, sum(report.specs for report in reports))


def check_job(path: Path, overrides: Sequence[str] = ()) -> Report:
    """Return the report on one job, as ``--set`` changes it, and on the files it refers to.

    Raise OverrideError where a change cannot be made.
    """
    project = SpecProject(Path(os.path.abspath(repository_root(path))))
    document = project.document(Path(os.path.abspath(path)))
    if isinstance(document.data, dict):
        apply_overrides(document, overrides)
    project.follow([document.path])
    names = {str(path) for path in (document.path, *project.kinds, *project.inner)}
    return Report(_found(project, names), RULES, len(project.kinds))


def _check_repository(root: Path, given: list[Path]) -> Report:
    project = SpecProject(root)
    selection = select(project, given)
    project.settle_kinds([*selection.specs, *selection.users])
    project.follow(selection.specs)
    specs = {*project.kinds, *selection.specs}
    names = {str(path) for path in (*selection.files, *specs, *project.inner)}
    project.follow(selection.users)
    return Report(_found(project, names), RULES, len(specs))


def _found(project: SpecProject, names: set[str]) -> list[Finding]:
    found = [each for each in find_all(project) if _concerns(each, names)]
    return sorted(without_suppressed(project, without_consequences(one_per_token(found))))


def _concerns(finding: Finding, names: set[str]) -> bool:
    return finding.path in names or any(each.path in names for each in finding.related)


def find_all(project: SpecProject) -> Iterator[Finding]:
    """Yield what reading, linking, the schemas and the rules find."""
    for document in project.documents:
        yield from document.findings
    yield from project.linker.findings
    yield from schema_findings(project)
    yield from check_all(project)


def one_per_token(findings: Iterable[Finding]) -> list[Finding]:
    """Keep one finding for a mistake: where several point at the same token, the one that says most."""
    once = {(_place(each), each.rule, each.message): each for each in findings}.values()
    best: dict[tuple[str, int, int], float] = {}
    for each in once:
        best[_place(each)] = min(_precedence(each), best.get(_place(each), _precedence(each)))
    return [each for each in once if _precedence(each) == best[_place(each)]]


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.path, finding.line, finding.column


def _precedence(finding: Finding) -> float:
    return BY_ID[finding.rule].precedence if finding.severity == ERROR else float("inf")


def without_consequences(findings: list[Finding]) -> list[Finding]:
    """Leave out the warnings that an error in the same file may explain."""
    wrong = {each.path for each in findings if each.severity == ERROR}
    return [each for each in findings if each.path not in wrong or not _is_consequence(each)]


def _is_consequence(finding: Finding) -> bool:
    return finding.severity != ERROR and BY_ID[finding.rule].is_consequence


def without_suppressed(project: SpecProject, findings: list[Finding]) -> list[Finding]:
    """Leave out the findings that a comment in their document switches off."""
    ignored = {
        (str(document.path), ignore.rule, line)
        for document in project.documents
        for ignore in find_ignores(document.text)
        for line in range(ignore.line, ignore.last_line + 1)
    }
    return [each for each in findings if (each.path, each.rule, each.line) not in ignored]
