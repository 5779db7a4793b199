"""``azml validate``: from what the command line says to a report in a format, and an exit status."""

import argparse
import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from azml.core.finding import ERROR, WARNING
from azml.core.paths import repository_root
from azml.core.project import Documents
from azml.core.show import count, printable, show_path

from .baseline import NAME, Baseline, BaselineError, read_baseline, write_baseline
from .configuration import Configuration, unknown_rule
from .engine import FindMore, check
from .fixes import Fixer, diff, write
from .output import failing_severities, render
from .report import Report
from .rules.configuration import RULE as _CONFIGURATION

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
    configure = partial(Configuration, options.select, options.ignore, _baseline(options))

    def check_texts(texts: dict[Path, str], some: list[Path] | None) -> Report:
        documents.texts = texts
        return check(some or paths, configure, documents, _resolver(options))

    report = check_texts({}, None)
    if options.write_baseline:
        return _write_baseline(options.baseline, report)
    if options.fix or options.unsafe_fixes or options.diff:
        fixer = Fixer(check_texts, options.unsafe_fixes)
        report = replace(fixer.run(report), fixed=fixer.count)
        if options.diff:
            _write(diff(fixer.texts), options.output)
            changes = f"{count(fixer.count, 'fix', 'fixes')} in {count(len(fixer.texts), 'file')}"
            print(f"azml: {changes}, nothing written", file=sys.stderr)
            return _status(report, options)
        for path, text in fixer.texts.items():
            write(path, text)
    on_terminal = options.output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    _write(render(replace(report, on_terminal=on_terminal), options.format), options.output)
    for failure in report.failures:
        _fail(failure)
    return _status(report, options)


def _baseline(options: argparse.Namespace) -> Baseline | None:
    """Return what is known, by the command line; nothing is where a baseline is to be written."""
    if options.write_baseline:
        return Baseline()
    return read_baseline(options.baseline) if options.baseline else None


def _has_uv() -> bool:
    from azml.core.uv import find_uv

    return find_uv() is not None


def _resolver(options: argparse.Namespace) -> FindMore | None:
    """Return what asks the package index, where that is wanted."""
    if not options.environments:
        return None
    from .resolve import resolve  # it starts processes, and is rarely needed

    return resolve


def _write_baseline(path: Path | None, report: Report) -> int:
    named = Configuration().of(Path.cwd() / NAME).baseline_file
    target = path or named or repository_root(Path.cwd()) / NAME
    known = [each for each in report.findings if each.rule != _CONFIGURATION.id]
    write_baseline(target, known)
    print(f"{show_path(str(target))}: {count(len(known), 'known finding')}")
    if path is None and named is None:
        print(f'to use it, add this under [tool.azml] in pyproject.toml: baseline = "{NAME}"')
    return CLEAN


def _write(text: str, path: Path | None) -> None:
    content = f"{text}\n".encode(errors="replace") if text else b""
    if path is None:
        sys.stdout.buffer.write(content)
    else:
        path.write_bytes(content)


def _status(report: Report, options: argparse.Namespace) -> int:
    failing = (ERROR, WARNING) if options.strict else failing_severities(options.format)
    if any(finding.severity in failing for finding in report.findings):
        return FOUND
    return FAILED if report.failures else CLEAN


def _fail(message: str) -> int:
    print(f"azml: {printable(message)}", file=sys.stderr)
    return FAILED
