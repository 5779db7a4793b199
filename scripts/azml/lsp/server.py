"""``azml lsp``: the Language Server Protocol on standard input and output, with pygls."""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from azml.core.document import Document
from azml.core.finding import ERROR, Edit, Finding, Related
from azml.validator.about import help_address, version
from azml.validator.rules import BY_ID

from . import features
from .cursor import Cursor
from .session import Session

server = LanguageServer("azml", version())
session = Session()
# Files with published diagnostics, which are withdrawn once the mistakes are gone.
_published: set[Path] = set()
# What is typed faster than this, in seconds, is checked once.
_QUIET = 0.01
_timer: list[asyncio.TimerHandle] = []


def start() -> None:
    """Serve until the client ends it."""
    server.start_io()


def _path(uri: str) -> Path:
    path = unquote(urlsplit(uri).path)
    return Path(re.sub(r"^/(?=[A-Za-z]:)", "", path))


@server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
def did_open(params: lsp.DidOpenTextDocumentParams) -> None:
    """Take in a file that was opened."""
    _take_in(params.text_document.uri)


@server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
def did_change(params: lsp.DidChangeTextDocumentParams) -> None:
    """Take in what was typed."""
    _take_in(params.text_document.uri)


@server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
def did_save(params: lsp.DidSaveTextDocumentParams) -> None:
    """Look again: a script or another tool's file may have been saved."""
    _publish()


@server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
def did_close(params: lsp.DidCloseTextDocumentParams) -> None:
    """Forget a file, and what was said of it."""
    session.close(_path(params.text_document.uri))
    _publish()


def _take_in(uri: str) -> None:
    path = _path(uri)
    if path.suffix.lower() in (".yml", ".yaml"):
        session.set_text(path, server.workspace.get_text_document(uri).source)
        _forget_timer()
        _timer.append(asyncio.get_running_loop().call_later(_QUIET, _publish))


def _forget_timer() -> bool:
    """Call off a check that is due; tell whether there was one."""
    due = bool(_timer)
    while _timer:
        _timer.pop().cancel()
    return due


def _publish() -> None:
    _forget_timer()
    found = session.check()
    for path in _published - set(found):
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(path.as_uri(), []))
    for path, findings in found.items():
        diagnostics = [_diagnostic(each) for each in findings]
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(path.as_uri(), diagnostics))
    _published.clear()
    _published.update(found)


def _diagnostic(finding: Finding) -> lsp.Diagnostic:
    is_error = finding.severity == ERROR
    return lsp.Diagnostic(
        range=_marked(finding),
        message=finding.message,
        severity=lsp.DiagnosticSeverity.Error if is_error else lsp.DiagnosticSeverity.Warning,
        code=finding.rule,
        code_description=lsp.CodeDescription(help_address(finding.rule)),
        source="azml",
        related_information=[_related(each) for each in finding.related],
    )


def _marked(finding: Finding) -> lsp.Range:
    line = session.documents.read(Path(finding.path)).line(finding.line)
    end = finding.end_column or max(len(line) + 1, finding.column + 1)
    return _range(Path(finding.path), finding.line, finding.column, finding.line, end)


def _related(related: Related) -> lsp.DiagnosticRelatedInformation:
    path = Path(related.path)
    place = _range(path, related.line, related.column, related.line, related.column)
    return lsp.DiagnosticRelatedInformation(lsp.Location(path.as_uri(), place), related.message)


def _range(path: Path, line: int, column: int, end_line: int, end_column: int) -> lsp.Range:
    """Return a range in the client's units: ours are characters, its may be UTF-16."""
    document = session.documents.read(path)
    return lsp.Range(_position(document, line, column), _position(document, end_line, end_column))


def _position(document: Document, line: int, column: int) -> lsp.Position:
    text = document.line(line)[: column - 1]
    codec = server.workspace.position_codec
    return lsp.Position(line - 1, codec.client_num_units(text) + max(column - 1 - len(text), 0))


def _cursor(uri: str, position: lsp.Position) -> Cursor:
    document: TextDocument = server.workspace.get_text_document(uri)
    at = document.position_from_client_units(position)
    path = _path(uri)
    return Cursor(session.project(path), path, document.source, at.line, at.character)


@server.feature(lsp.TEXT_DOCUMENT_HOVER)
def hover(params: lsp.HoverParams) -> lsp.Hover | None:
    """Say what an input is, or what the rule of a finding is about."""
    cursor = _cursor(params.text_document.uri, params.position)
    rules = {each.rule: None for each in _findings_at(cursor.path, params.position)}
    texts = [f"**{rule}**\n\n{BY_ID[rule].markdown}" for rule in rules]
    if text := features.hover(cursor):
        texts.insert(0, text)
    content = lsp.MarkupContent(lsp.MarkupKind.Markdown, "\n\n---\n\n".join(texts))
    return lsp.Hover(content) if texts else None


def _findings_at(path: Path, position: lsp.Position) -> Iterable[Finding]:
    for finding in session.findings:
        if finding.path == str(path):
            marked = _marked(finding)
            if marked.start <= position <= marked.end:
                yield finding


@server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
def definition(params: lsp.DefinitionParams) -> lsp.Location | None:
    """Go to a component, an environment, an input or a script."""
    found = features.definition(_cursor(params.text_document.uri, params.position))
    if found is None:
        return None
    path, line, column = found
    place = lsp.Position(line - 1, column - 1)
    return lsp.Location(path.as_uri(), lsp.Range(place, place))


@server.feature(
    lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=["{", ".", "/", "-", " "])
)
def completion(params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
    """Complete bindings, inputs and outputs, paths and a script's options."""
    proposals = features.completions(_cursor(params.text_document.uri, params.position))
    return [_item(each, params.position) for each in proposals]


def _item(proposal: features.Proposal, end: lsp.Position) -> lsp.CompletionItem:
    start = lsp.Position(end.line, end.character - proposal.length)
    return lsp.CompletionItem(
        label=proposal.text.rstrip("}: "),
        detail=proposal.detail or None,
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, proposal.documentation),
        text_edit=lsp.TextEdit(lsp.Range(start, end), proposal.text),
    )


@server.feature(
    lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
)
def code_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    """Offer the fixes of the findings in a range."""
    if _forget_timer():
        _publish()  # the fixes are those of the present text
    path, actions = _path(params.text_document.uri), []
    for finding in session.findings:
        marked = _marked(finding)
        is_here = finding.path == str(path) and marked.start <= params.range.end
        if finding.fix and is_here and params.range.start <= marked.end:
            changes: dict[str, list[lsp.TextEdit]] = {}
            for edit in finding.fix.edits:
                changes.setdefault(Path(edit.path).as_uri(), []).append(_edit(edit))
            actions.append(
                lsp.CodeAction(
                    title=f"azml: {finding.fix.description}",
                    kind=lsp.CodeActionKind.QuickFix,
                    diagnostics=[_diagnostic(finding)],
                    is_preferred=finding.fix.is_safe,
                    edit=lsp.WorkspaceEdit(changes),
                )
            )
    return actions


def _edit(edit: Edit) -> lsp.TextEdit:
    place = _range(Path(edit.path), edit.line, edit.column, edit.end_line, edit.end_column)
    return lsp.TextEdit(place, edit.text)
