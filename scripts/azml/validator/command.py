"""``azml validate``: from what the command line says to a report in a format, and an exit status."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from azml.core.finding import ERROR
from azml.core.project import repository_root
from azml.core.show import printable

from .baseline import BaselineError, without_known, write_baseline
from .configuration import unknown_rule
from .engine import check
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
    report = check(paths, options.select, options.ignore)
    if options.write_baseline:
        return _write_baseline(options.baseline, report)
    try:
        report = _without_known(report, options.baseline)
        _write(render(report, options.format), options.output)
    except BaselineError as error:
        return _fail(str(error))
    except OSError as error:
        if options.output is None:
            raise
        return _fail(f"{options.output}: {error.strerror}")
    for failure in report.failures:
        _fail(failure)
    return _status(report, options.format, options.strict)


def _write_baseline(path: Path | None, report: Report) -> int:
    if path is None:
        return _fail("--write-baseline needs the file: --baseline FILE --write-baseline")
    try:
        write_baseline(path, report.findings)
    except OSError as error:
        return _fail(f"{path}: {error.strerror}")
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
