"""The command ``azureml-validate``: check Azure ML specs, offline."""

import argparse
import os
import sys
import traceback
from pathlib import Path

from azml.core.finding import ERROR
from azml.core.project import repository_root

from . import report
from .engine import check

_DESCRIPTION = """Find the mistakes in Azure ML YAML before it is submitted. Exit status: 0 no errors
(warnings count as none), 1 errors found, 2 could not run."""


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(argv)
    paths = options.paths or [repository_root(Path.cwd())]
    if missing := [path for path in paths if not os.path.lexists(path)]:
        print(f"azureml-validate: {missing[0]}: no such file or folder", file=sys.stderr)
        return 2
    try:
        result = check(paths)
    except Exception as error:  # a bug here must not read as a verdict on somebody's specs
        print(_apology(error), file=sys.stderr)
        return 2
    if text := report.FORMATS[options.format](result):
        sys.stdout.buffer.write(f"{text}\n".encode(errors="replace"))
    return 1 if any(each.severity == ERROR for each in result.findings) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="azureml-validate", description=_DESCRIPTION)
    parser.add_argument("--format", choices=sorted(report.FORMATS), default="text")
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path, help="default: the whole repository")
    return parser


def _apology(error: Exception) -> str:
    """Return one line on an unexpected exception, with the innermost place it came from."""
    *_, innermost = traceback.extract_tb(error.__traceback__)
    place = f"{Path(innermost.filename).name}:{innermost.lineno}"
    return f"azureml-validate: internal error, please report it: {type(error).__name__}: {error} ({place})"
