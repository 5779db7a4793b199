"""From paths to findings: discover the specs, link them, run every rule.

What is reported: findings in the given files (all specs of the given folders), in the files that these
refer to, and findings elsewhere in the repository that name a given file as a related place. So a commit
that changes only a component or its script still shows what it breaks in the pipelines that use it.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from azml.core.document import Document
from azml.core.finding import ERROR, Finding
from azml.core.kinds import kind_of
from azml.core.paths import is_file, is_yaml, read_text
from azml.core.project import Project, repository_root, yaml_files
from azml.core.values import mapping

from .rules import check_all
from .schema.errors import schema_findings
from .specs import SpecProject
from .suppressions import find_ignores

# How much an error says of its token, least first, where it is not 1: a key given twice and a binding that is
# none explain everything, the schema's errors say less than another rule's.
_RANKS = {"duplicate-key": 0, "malformed-binding": 0, "unknown-key": 2, "wrong-type": 2, "wrong-value": 2}

# What an error elsewhere in the same file explains: an input is unused because its binding is misspelt.
_CONSEQUENCES = (
    *("unused-port", "unused-in-command", "supplied-key", "type-mismatch", "file-or-folder"),
    *("missing-path", "missing-script"),
)

_HEAD = 64 * 1024
_DECLARED = re.compile(
    r"^.{0,3}\$schema.*azureml|^type:\s*(command|pipeline|sweep|parallel|spark|automl)\b", re.MULTILINE
)
_SPEC_TEXT = re.compile(rf"azuremlschemas|\bazureml:|\$\{{\{{\s*parent\.|{_DECLARED.pattern}", re.MULTILINE)
# Templates, several documents, tags of other tools: YAML that is not meant for Azure ML.
_OTHER_TEXT = re.compile(r"(?<!\$)\{\{|\{%|\A(?s:.*?\n)---|\s!\w")


@dataclass(frozen=True)
class Result:
    """Sorted findings, and the number of specs that were read for them."""

    findings: list[Finding]
    specs: int


def check(paths: Iterable[Path]) -> Result:
    """Return the findings for files and folders; those of one repository are checked together."""
    by_root: dict[Path, list[Path]] = {}
    for path in paths:
        by_root.setdefault(Path(os.path.abspath(repository_root(path))), []).append(path)
    results = [_check_repository(root, given) for root, given in by_root.items()]
    findings = sorted(each for result in results for each in result.findings)
    return Result(findings, sum(result.specs for result in results))


def _check_repository(root: Path, given: list[Path]) -> Result:
    project = SpecProject(root)
    files = {_absolute(path) for path in given if not path.is_dir()}
    folders = [_absolute(path) for path in given if path.is_dir()]
    found = [each for folder in folders for each in yaml_files(folder)]
    named = sorted(filter(is_yaml, files))
    candidates = dict.fromkeys([*named, *found])
    specs = [path for path in candidates if _is_spec(project.document(path), named=path in files)]
    project.follow(specs)
    specs_read = len(project.kinds.keys() | set(specs))
    reached = {*project.kinds, *specs, *project.inner}
    if files and (root / ".git").exists():
        project.follow(_users(project, files))
    others = {path for path in named if project.document(path).findings and path not in specs}
    given_names = {str(path) for path in files - others | reached}
    findings = [each for each in _findings(project) if _concerns(each, given_names)]
    return Result(_without_ignored(project, _without_consequences(_one_each(findings))), specs_read)


def _findings(project: SpecProject) -> Iterator[Finding]:
    for document in project.documents:
        yield from document.findings
    yield from project.linker.findings
    yield from schema_findings(project)
    yield from check_all(project)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _head(path: Path) -> str:
    """Return the beginning of a file that could not be read as YAML: enough to tell what it was to be."""
    if not is_file(path):  # reading a pipe would wait for ever
        return ""
    with suppress(OSError), path.open("rb") as file:
        return file.read(_HEAD).replace(b"\0", b"").decode("latin-1")
    return ""


def _is_spec(document: Document, named: bool) -> bool:
    """Tell whether Azure ML is meant to read a document, by what can be read of it."""
    if document.data is not None and not document.findings:
        return kind_of(document) is not None or (
            isinstance(document.data, list) and "azuremlschemas" in document.text
        )
    head = _head(document.path)
    if head and not 0 < len(document.text) < _HEAD:
        # Too long, most likely: recorded traffic names assets somewhere, too.
        return bool(_DECLARED.search(head))
    if _SPEC_TEXT.search(document.text):
        return True
    return named and bool(document.findings) and not _OTHER_TEXT.search(document.text)


def _users(project: Project, files: set[Path]) -> Iterator[Path]:
    """Yield the repository's specs whose text names one of the files, or an asset that one declares."""
    files = {path for path in files if not is_yaml(path) or kind_of(project.document(path)) != "job"}
    names = {path.name for path in files} | {path.stem for path in files if path.suffix == ".py"}
    for path in filter(is_yaml, files):
        if name := mapping(project.document(path).data).get("name"):
            names.add(f"azureml:{name}")
    for path in yaml_files(project.root) if names else ():
        text = read_text(path)
        if path not in files and any(name in text for name in names):
            yield path


def _concerns(finding: Finding, names: set[str]) -> bool:
    return finding.path in names or any(each.path in names for each in finding.related)


def _one_each(findings: Iterable[Finding]) -> list[Finding]:
    """Keep one finding for a mistake: the one that says most where several point at the same token."""
    once = {(_place(each), each.rule, each.message): each for each in findings}.values()
    best: dict[tuple[str, int, int], int] = {}
    for each in once:
        best[_place(each)] = min(_rank(each), best.get(_place(each), _rank(each)))
    return [each for each in once if _rank(each) == best[_place(each)]]


def _rank(finding: Finding) -> int:
    return _RANKS.get(finding.rule, 1) if finding.severity == ERROR else 3


def _place(finding: Finding) -> tuple[str, int, int]:
    return finding.path, finding.line, finding.column


def _without_consequences(findings: list[Finding]) -> list[Finding]:
    wrong = {each.path for each in findings if each.severity == ERROR}
    follow = {each for each in findings if each.rule in _CONSEQUENCES and each.severity != ERROR}
    return [each for each in findings if each not in follow or each.path not in wrong]


def _without_ignored(project: Project, findings: list[Finding]) -> list[Finding]:
    ignored = {
        (str(document.path), ignore.rule, line)
        for document in project.documents
        for ignore in find_ignores(document.text)
        for line in range(ignore.line, ignore.last_line + 1)
    }
    return [each for each in findings if (each.path, each.rule, each.line) not in ignored]
