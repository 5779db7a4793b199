"""``azml validate``: from what the command line says to a report in a format, and an exit status."""

import argparse
import os
import sys
from pathlib import Path

from azml.core.finding import ERROR
from azml.core.project import repository_root

from .engine import check
from .output import render
from .report import Report

CLEAN, FOUND, FAILED = 0, 1, 2


def validate(options: argparse.Namespace) -> int:
    """Check the paths and write the report; return the exit status."""
    paths = options.paths or [repository_root(Path.cwd())]
    if missing := [path for path in paths if not os.path.lexists(path)]:
        return _fail(f"{missing[0]}: no such file or folder")
    report = check(paths)
    try:
        _write(render(report, options.format), options.output)
    except OSError as error:
        return _fail(f"{options.output}: {error.strerror}")
    return _status(report, options.format)


def _write(text: str, path: Path | None) -> None:
    content = f"{text}\n".encode(errors="replace") if text else b""
    if path is None:
        sys.stdout.buffer.write(content)
    else:
        path.write_bytes(content)


def _status(report: Report, format_name: str) -> int:
    """Return the status; a failure would keep the step that uploads sarif from running."""
    is_failure = any(finding.severity == ERROR for finding in report.findings)
    return FOUND if is_failure and format_name != "sarif" else CLEAN


def _fail(message: str) -> int:
    print(f"azml: {message}", file=sys.stderr)
    return FAILED
