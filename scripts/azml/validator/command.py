"""``azml validate``: from what the command line says to a report in a format, and an exit status."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from azml.core.finding import ERROR
from azml.core.paths import repository_root
from azml.core.project import Documents
from azml.core.show import printable

from .baseline import BaselineError, without_known, write_baseline
from .configuration import unknown_rule
from .engine import FindMore, check
from .fixes import Fixer, diff, write
from .output import render
from .output.text import count
from .report import Report

CLEAN, FOUND, FAILED = 0, 1, 2


def validate(options: argparse.Namespace) -> int:
    """Check the paths and write the report; return the exit status."""
    paths = options.paths or [repository_root(Path.cwd())]
    if missing := [path for path in paths if not os.path.lexists(path)]:
        return _fail(f"{missing[0]}: no such file or folder")
    if problem := next(filter(None, map(unknown_rule, (*options.select, *options.ignore))), None):
        return _fail(problem)
    if options.environments and not _has_uv():
        return _fail("--environments needs uv: pip install uv")
    try:
        return _validate(paths, options)
    except BaselineError as error:
        return _fail(str(error))
    except OSError as error:
        if error.filename is None:
            raise  # standard output, not a file of ours
        return _fail(f"{error.filename}: {error.strerror}")


def _validate(paths: list[Path], options: argparse.Namespace) -> int:
    documents = Documents()
    report = check(paths, options.select, options.ignore, documents, _resolver(options))
    if options.write_baseline:
        return _write_baseline(options.baseline, report)
    report = _without_known(report, options.baseline)
    if options.fix or options.unsafe_fixes or options.diff:
        fixer = _fixer(paths, options, documents)
        report = replace(fixer.run(report), fixed=fixer.count)
        if options.diff:
            _write(diff(fixer.texts), options.output)
            return _status(report, options.format, options.strict)
        for path, text in fixer.texts.items():
            write(path, text)
    _write(render(report, options.format), options.output)
    for failure in report.failures:
        _fail(failure)
    return _status(report, options.format, options.strict)


def _has_uv() -> bool:
    from azml.core.uv import find_uv

    return find_uv() is not None


def _resolver(options: argparse.Namespace) -> FindMore | None:
    """Return what asks the package index, where that is wanted."""
    if not options.environments:
        return None
    from .resolve import resolve  # it starts processes, and is rarely needed

    return resolve


def _fixer(paths: list[Path], options: argparse.Namespace, documents: Documents) -> Fixer:
    def check_texts(texts: dict[Path, str], some: list[Path] | None) -> Report:
        documents.texts = texts
        report = check(some or paths, options.select, options.ignore, documents, _resolver(options))
        return _without_known(report, options.baseline)

    return Fixer(check_texts, options.unsafe_fixes)


def _write_baseline(path: Path | None, report: Report) -> int:
    if path is None:
        return _fail("--write-baseline needs the file: --baseline FILE --write-baseline")
    write_baseline(path, report.findings)
    print(f"{path}: {count(len(report.findings), 'known finding')}")
    return CLEAN


def _without_known(report: Report, baseline: Path | None) -> Report:
    if baseline is None:
        return report
    findings = without_known(baseline, report.findings)
    return replace(report, findings=findings, known=len(report.findings) - len(findings))


def _write(text: str, path: Path | None) -> None:
    content = f"{text}\n".encode(errors="replace") if text else b""
    if path is None:
        sys.stdout.buffer.write(content)
    else:
        path.write_bytes(content)


def _status(report: Report, format_name: str, is_strict: bool) -> int:
    """Return the status; a failure would keep the step that uploads sarif from running."""
    is_failure = any(finding.severity == ERROR or is_strict for finding in report.findings)
    if is_failure and format_name != "sarif":
        return FOUND
    return FAILED if report.failures else CLEAN


def _fail(message: str) -> int:
    print(f"azml: {printable(message)}", file=sys.stderr)
    return FAILED
