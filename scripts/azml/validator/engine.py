"""From paths to findings: select the specs, load them, run every rule, report each mistake once.

What is reported: findings in the given files (all specs of the given folders), in the files that these
refer to, and findings elsewhere in the repository that name a given file as a related place. So a commit
that changes only a component or its script still shows what it breaks in the pipelines that use it.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from azml.core.finding import ERROR, Finding
from azml.core.overrides import apply_overrides
from azml.core.paths import repository_root
from azml.core.project import Documents
from azml.core.stand_ins import read_stand_ins

from .configuration import Configuration
from .indents import explain_errors
from .report import Report
from .rules import BY_ID, RULES, check_all
from .rules.unused_ignore import unused
from .schema.findings import schema_findings
from .selection import is_empty
from .selection import select as select_specs
from .specs import SpecProject
from .suppressions import find_ignores

# Finds what is wrong beyond the rules, in the files with the given names.
FindMore = Callable[[SpecProject, set[str]], Iterable[Finding]]


def check(
    paths: Iterable[Path],
    configure: Callable[[], Configuration] = Configuration,
    documents: Documents | None = None,
    find_more: FindMore | None = None,
) -> Report:
    """Return the report on files and folders; those of one repository are checked together.

    ``configure`` begins with what the command line says; ``documents`` has texts that are not on disk, and
    keeps what was read for the next check; ``find_more`` finds what the rules do not.
    """
    by_root: dict[Path, list[Path]] = {}
    for path in paths:
        by_root.setdefault(Path(os.path.abspath(repository_root(path))), []).append(path)
    documents = documents or Documents()

    def check_root(given: list[Path], root: Path) -> Report:
        return check_repository(SpecProject(root, documents), configure(), given, find_more)

    reports = [
        explain_errors(partial(check_root, root=root), given, documents) for root, given in by_root.items()
    ]
    findings = sorted(finding for report in reports for finding in report.findings)
    failures = tuple(failure for report in reports for failure in report.failures)
    specs, known, environments = (
        sum(getattr(each, name) for each in reports) for name in ("specs", "known", "environments")
    )
    return Report(findings, RULES, specs, known, failures=failures, environments=environments)


def check_job(path: Path, overrides: Sequence[str] = ()) -> Report:
    """Return the report on one job, as ``--set`` changes it, and on the files it refers to, stand-ins too.

    Raise OverrideError where a change cannot be made.
    """
    path, documents = Path(os.path.abspath(path)), Documents()
    return explain_errors(partial(_check_job, path, overrides, documents), [path], documents)


def _check_job(path: Path, overrides: Sequence[str], documents: Documents, given: list[Path]) -> Report:
    """Return the report on the whole job, whatever file of it is ``given``."""
    project = SpecProject(Path(os.path.abspath(repository_root(path))), documents)
    project.stand_ins = read_stand_ins(path.parent)
    document = project.document(path)
    if isinstance(document.data, dict):
        apply_overrides(document, list(overrides))
    project.empty = [document.path] if is_empty(document) else []
    project.follow([document.path])
    names = {str(path) for path in (document.path, *project.kinds, *project.inner)}
    findings = reported(project, find_all(project), names, Configuration())
    return Report(findings, RULES, len(project.kinds), failures=tuple(project.guard.failures))


def job_errors(path: Path, overrides: Sequence[str] = ()) -> list[Finding]:
    """Return what Azure ML would refuse in one job; raise OverrideError as ``check_job`` does."""
    return [finding for finding in check_job(path, overrides).findings if finding.severity == ERROR]


def check_repository(
    project: SpecProject,
    configuration: Configuration,
    given: list[Path],
    find_more: FindMore | None = None,
) -> Report:
    """Return the report on files and folders of one repository."""
    selection = select_specs(project, given, lambda path: configuration.of(path).excludes(path))
    project.empty = selection.empty
    project.settle_kinds([*selection.specs, *selection.users])
    project.follow(selection.specs)
    specs = {*project.kinds, *selection.specs}
    names = {str(path) for path in (*selection.files, *selection.empty, *specs, *project.inner)}
    project.follow(selection.users)
    found = [*find_all(project), *(find_more(project, names) if find_more else ())]
    found += unused_ignores(project, selection.specs, found, configuration)
    findings = reported(project, found, names, configuration)
    failures, known = tuple(project.guard.failures), configuration.known
    return Report(findings, RULES, len(specs), known, failures=failures, environments=project.resolved)


def reported(
    project: SpecProject, findings: Iterable[Finding], names: set[str], configuration: Configuration
) -> list[Finding]:
    """Return what is to be reported, of all that was found, on the files of the given names; in order."""
    found = [each for each in findings if _concerns(each, names)]
    wrong = without_suppressed(project, without_consequences(one_per_token(found)))
    wanted = sorted(configured(project, wrong, configuration))
    new = [each for each in wanted if not configuration.is_known(each)]
    return sorted([*new, *configuration.findings])


def configured(
    project: SpecProject, findings: list[Finding], configuration: Configuration
) -> Iterator[Finding]:
    """Yield the findings as the configuration wants them reported."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.path, finding.rule), []).append(finding)
    for (name, rule), found in kinds.items():
        path = Path(name)
        settings = configuration.of(path)
        if settings.excludes(path) or settings.ignores(path, rule):
            continue
        for finding in found:
            if not (settings.placeholders and settings.is_placeholder(marked_text(project, finding))):
                yield replace(finding, severity=settings.severity.get(rule, finding.severity))


def marked_text(project: SpecProject, finding: Finding) -> str:
    """Return the text that a finding points at, up to the end of its line."""
    line = project.document(Path(finding.path)).line(finding.line)
    return line[finding.column - 1 : finding.end_column - 1 if finding.end_column else None]


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
        for line in range(ignore.first_line, ignore.last_line + 1)
    }
    return [each for each in findings if (each.path, each.rule, each.line) not in ignored]


def unused_ignores(
    project: SpecProject, specs: list[Path], findings: list[Finding], configuration: Configuration
) -> Iterator[Finding]:
    """Yield the comments in the specs that switch off a rule which finds nothing there."""
    lines: dict[tuple[str, str], set[int]] = {}
    for each in findings:
        lines.setdefault((each.path, each.rule), set()).add(each.line)
    for path in specs:
        document, settings = project.document(path), configuration.of(path)
        for ignore in find_ignores(document.text):
            covered = range(ignore.first_line, ignore.last_line + 1)
            rule = BY_ID.get(ignore.rule)
            is_off = rule is None or rule.needs_index or settings.ignores(path, rule.id)
            if not is_off and lines.get((str(document.path), ignore.rule), set()).isdisjoint(covered):
                yield unused(document, ignore)
