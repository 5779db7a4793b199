"""A job's file -> its plan, or a part of it: read, changed by ``--set``, checked and linked."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from azml.core.components import Component
from azml.core.document import Document
from azml.core.finding import ERROR, Finding
from azml.core.home import HOME
from azml.core.kinds import kind_of
from azml.core.linker import Linker
from azml.core.overrides import OverrideError, apply_overrides
from azml.core.paths import repository_root
from azml.core.project import Project
from azml.core.rule_ids import CYCLE, MALFORMED_BINDING, MISSING_FILE, UNKNOWN_BINDING, YAML_SYNTAX
from azml.core.secrets import hide_secrets
from azml.core.show import finding_text
from azml.core.stand_ins import read_stand_ins
from azml.core.values import mapping

from ..plan import Plan
from .part import Concern, Part, PartError, Source, narrow
from .planner import make_plan

# What the core cannot link or bind. Azure ML may run files with other findings: they are the validator's.
REFUSED = (YAML_SYNTAX, MISSING_FILE, UNKNOWN_BINDING, CYCLE, MALFORMED_BINDING)
# What a job or a step has at least one of; the jobs of other tools have none.
RUNS = {"type", "component", "command", "trial"}
# Returns what Azure ML would refuse in a job, as overrides change it; may raise OverrideError.
Check = Callable[[Path, list[str]], list[Finding]]


class CannotStart(Exception):
    """Nothing has run; the message, of one or more lines, says why."""


@dataclass(frozen=True)
class Loaded:
    """A plan, its project, and the steps before it whose outputs are taken from earlier runs."""

    project: Project
    plan: Plan
    sources: list[Source] = field(default_factory=list)


def load_plan(path: Path, overrides: list[str], part: Part, check: Check | None) -> Loaded:
    """Return the plan of the job in a file, or of a part of it; raise CannotStart."""
    if not path.is_file():
        raise CannotStart(f"azml: {path} {'is not a file' if path.exists() else 'does not exist'}")
    try:
        wrong = check(path, overrides) if check else []
        if not part:
            _refuse_invalid(wrong, overrides)
        project = Project(repository_root(path))
        project.stand_ins = read_stand_ins(path.parent)
        document = _read(project, path)
        apply_overrides(document, overrides)
    except (OverrideError, ValueError) as error:
        raise CannotStart(f"azml: {error}") from error
    job, unlinked = _link(project, document)
    _refuse(finding for finding in unlinked if not part or finding.rule == CYCLE)
    plan = make_plan(project, job)
    if not part:
        _refuse(plan.findings)
        return Loaded(project, plan)
    try:
        chosen = part.select(plan.needs)
    except PartError as error:
        raise CannotStart(f"azml: {error}") from error
    concerns = Concern(project, job, chosen)
    _refuse_invalid(filter(concerns, wrong), overrides)
    narrowed, sources, missing = narrow(plan, chosen, HOME / "runs")
    _refuse([*filter(concerns, [*unlinked, *plan.findings]), *missing])
    return Loaded(project, narrowed, sources)


def _read(project: Project, path: Path) -> Document:
    """Return the document of a job."""
    document = project.document(path)
    _refuse(finding for finding in document.findings if finding.rule in REFUSED)
    if not isinstance(document.data, dict):
        raise CannotStart(f"azml: {path} is not a job: a mapping was expected")
    kind = kind_of(document)
    if kind not in ("job", "component", None):
        raise CannotStart(f"azml: {path} is not a job but a spec of the kind '{kind}'")
    steps = mapping(document.data.get("jobs")).values()
    if kind is None and not any(RUNS & set(mapping(each)) for each in (document.data, *steps)):
        raise CannotStart(f"azml: {path} is not an Azure ML job: it has no type and no command")
    return document


def _link(project: Project, document: Document) -> tuple[Component, list[Finding]]:
    """Return the linked job, and what of it and of what it refers to cannot be linked."""
    linker = Linker(project)
    job = linker.component(document, (), is_job=True)
    documents = [component.document for component in linker.components.values()]
    findings = [finding for used in documents for finding in used.findings] + linker.findings
    return job, [finding for finding in findings if finding.rule in REFUSED]


def _refuse(findings: Iterable[Finding]) -> None:
    """Print warnings; raise CannotStart if there are errors."""
    found = sorted(set(findings))
    text = _text(found)
    if any(finding.severity == ERROR for finding in found):
        raise CannotStart(text)
    if text:
        print(hide_secrets(text), file=sys.stderr)


def _refuse_invalid(findings: Iterable[Finding], overrides: list[str]) -> None:
    """Raise CannotStart if there is anything that Azure ML would refuse, in the file or by --set."""
    if text := _text(list(findings)):
        keys = ", ".join(override.partition("=")[0] for override in overrides)
        changed = f"azml: checked with what --set gives for {keys}\n" if keys else ""
        raise CannotStart(f"{text}\n{changed}azml: nothing was run; use --no-validate to run it anyway")


def _text(findings: list[Finding]) -> str:
    return "\n".join(finding_text(finding, sys.stderr.isatty()) for finding in findings)
