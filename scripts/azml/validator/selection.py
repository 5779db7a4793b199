"""Which files a run is about: the specs among the given files and folders, and who else uses them."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import ascii_letters, digits

from azml.core.document import Document
from azml.core.kinds import kind_of
from azml.core.paths import is_file, is_yaml, read_text
from azml.core.project import Project, yaml_files
from azml.core.values import mapping

_HEAD = 64 * 1024
_LONGEST_PATH = 1024
# The folders that a spec ships, as its text names them: code and the additional includes.
_SHIPPED = re.compile(r"""(?:\bcode:|^\s*-)[ \t]+["']?([\w./ \-]+)""", re.MULTILINE)
_OF_A_PATH = f"{ascii_letters}{digits}_.-/"
# What a job's file is called; of an empty one nothing else tells.
_JOB_FILES = ("pipeline", "job")
_DECLARED = re.compile(
    r"^.{0,3}\$schema.*azureml|^type:\s*(command|pipeline|sweep|parallel|spark|automl)\b", re.MULTILINE
)
_SPEC_TEXT = re.compile(rf"azuremlschemas|\bazureml:|\$\{{\{{\s*parent\.|{_DECLARED.pattern}", re.MULTILINE)
# {{NAME}} without quotes and {% if %}; {{inputs.x}} is a binding that lost its dollar.
_TEMPLATE = re.compile(r"(?<!\$)\{\{-?\s*(?!(?:inputs|outputs|parent|search_space)\b)[^{}]+-?\}\}|\{%")
# Templates, several documents, tags of other tools: YAML that is not meant for Azure ML.
_OTHER_TEXT = re.compile(r"(?<!\$)\{\{|\{%|\A(?s:.*?\n)---|\s!\w")


@dataclass(frozen=True)
class Selection:
    """The specs to check, in order, and the files given by name whose findings are to be reported.

    ``users`` are the repository's other specs that use one of these files: what a change breaks there is
    reported as well. ``empty`` are files without a word that were meant to be jobs.
    """

    specs: list[Path]
    files: set[Path]
    users: list[Path]
    empty: list[Path]


def select(project: Project, given: list[Path], is_excluded: Callable[[Path], bool]) -> Selection:
    """Return the specs among the given files and in the given folders."""
    files = {_absolute(path) for path in given if not path.is_dir() and not is_excluded(_absolute(path))}
    folders = [_absolute(path) for path in given if path.is_dir()]
    named = sorted(filter(is_yaml, files))
    here = [path for folder in folders for path in yaml_files(folder) if not is_excluded(path)]
    found = [path for path in here if project.may_be_spec(path)]
    candidates = dict.fromkeys([*named, *found])
    specs = [path for path in candidates if _is_spec(project.document(path), named=path in files)]
    # What is wrong with other YAML as YAML is not ours to say.
    others = {path for path in named if project.document(path).findings and path not in specs}
    is_repository = (project.root / ".git").exists()
    users = list(_all_users(project, files - others)) if is_repository else []
    asked = named if len(given) == 1 else []
    above = {folder for spec in specs for folder in spec.parents}
    jobs = [path for path in (*named, *here) if path.stem in _JOB_FILES and path.parent in above]
    empty = [path for path in dict.fromkeys([*asked, *jobs]) if is_empty(project.document(path))]
    return Selection(specs, files - others, users, empty)


def is_empty(document: Document) -> bool:
    """Tell whether a document has nothing in it but comments."""
    return document.data is None and not document.findings


def _all_users(project: Project, files: set[Path]) -> Iterator[Path]:
    """Yield the users of the files, and those of an environment that uses one: their scripts need it."""
    users = list(_users(project, files))
    yield from users
    environments = {path for path in users if kind_of(project.document(path)) == "environment"}
    yield from (path for path in _users(project, environments) if path not in {*files, *users})


def _users(project: Project, files: set[Path]) -> Iterator[Path]:
    """Yield the repository's specs whose text names one of the files, or an asset that one declares."""
    files = {path for path in files if not is_yaml(path) or kind_of(project.document(path)) != "job"}
    names = {path.name for path in files}
    for path in filter(is_yaml, files):
        if name := mapping(project.document(path).data).get("name"):
            names.add(f"azureml:{name}")
    is_named = _is_named(files, names)
    for path in yaml_files(project.root) if names else ():
        if path not in files and is_named(path, project.texts.text(path)):
            yield path


def _is_named(files: set[Path], names: set[str]) -> Callable[[Path, str], bool]:
    """Return what tells whether a spec's text names one of the files, or a folder of code that holds one.

    A path that leads to another file does not count.
    """
    any_name = re.compile("|".join(map(re.escape, sorted(names))))
    code = [{path, *path.parents} for path in files if not is_yaml(path)]

    def is_meant(name: str, target: Path) -> bool:
        return target in files or name.startswith("azureml:") or (is_yaml(name) and not is_file(target))

    def is_named(path: Path, text: str) -> bool:
        if any(is_meant(match[0], _target(path.parent, text, match)) for match in any_name.finditer(text)):
            return True
        shipped = {Path(os.path.normpath(path.parent / each.strip())) for each in _SHIPPED.findall(text)}
        return any(shipped & holders for holders in code)

    return is_named


def _target(folder: Path, text: str, name: re.Match) -> Path:
    """Return where the path that ends with a name in a text leads, from a folder."""
    before = text[max(name.start() - _LONGEST_PATH, 0) : name.start()]
    start = before[len(before.rstrip(_OF_A_PATH)) :]
    return Path(os.path.normpath(folder / f"{start}{name[0]}"))


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _is_spec(document: Document, named: bool) -> bool:
    """Tell whether Azure ML is meant to read a document, by what can be read of it."""
    if document.data is not None and not document.findings:
        # A list, or a $schema that Azure ML does not have: the rules say so.
        is_meant = "azuremlschemas" in document.text[:_HEAD]
        is_odd = isinstance(document.data, list) or "$schema" in mapping(document.data)
        return kind_of(document) is not None or (is_meant and is_odd)
    head = _head(document.path)
    if head and not 0 < len(document.text) < _HEAD:
        # Too long, most likely: recorded traffic names assets somewhere, too.
        return bool(_DECLARED.search(head))
    if any(_TEMPLATE.search(line) for line in _odd_lines(document)):
        return False  # it becomes YAML when another tool has filled it in
    if _SPEC_TEXT.search(document.text):
        return True
    return named and bool(document.findings) and not _OTHER_TEXT.search(document.text)


def _odd_lines(document: Document) -> Iterator[str]:
    """Yield the lines that YAML cannot read, and those before them: the cause is in one of them."""
    for finding in document.findings:
        yield from (document.line(number) for number in (finding.line - 1, finding.line) if number)


def _head(path: Path) -> str:
    """Return the beginning of a file that could not be read as YAML: it tells what was meant."""
    return read_text(path, _HEAD, cut=True).replace("\0", "")
