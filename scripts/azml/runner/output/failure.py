"""Why a step failed, in the words of its log: the last exception, in the user's own files, and the way on."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azml.core.secrets import hide_secrets
from azml.core.show import show_path
from azml.core.snapshot import Snapshot

MOST_BYTES = 256 * 1024
MOST_LINES = 20
WIDEST = 400
_UNPRINTABLE = re.compile(r"[^\t\x20-\x7e\xa0-\U0010ffff]")
_TRACEBACK = "Traceback (most recent call last):"
_FRAME = re.compile(r'\s+File "(?P<file>[^"]+)", line (?P<line>\d+)')
_EXCEPTION = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:: .*)?$")
_MISSING_FILE = re.compile(
    r"(?:No such file or directory: |can't open file )'(?P<file>[^']+)'|No module named '(?P<module>[^']+)'"
)
_MISSING_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w]+)")
_NO_WORKSPACE = re.compile(r"AttributeError: '_OfflineRun' object has no attribute '(\w+)'")
# How a process ends that the kernel killed: by itself, or as the child of a shell.
_KILLED = ("ended by signal 9", "exit code 137")
_TIMED_OUT = "stopped by its limits"


@dataclass(frozen=True)
class Failure:
    """What to tell of a failed step: why, in one line; lines of its log; what to do, if that is known."""

    reason: str
    lines: list[str]
    advice: str = ""


def explain(
    problem: str, log: Path | None, names: Mapping[str, str], conda_file: str, snapshot: Snapshot
) -> Failure:
    """Return what is known of a failure.

    ``names`` says how the paths of the step's folder are called elsewhere: the user's own sources and data.
    ``conda_file`` is where the step's packages are listed, ``snapshot`` is its code.
    """
    text = hide_secrets(_read(log))
    for path, name in sorted(names.items(), key=lambda item: -len(item[0])):
        text = text.replace(path, name)
    lines = [_UNPRINTABLE.sub(" ", line[:WIDEST]).rstrip() for line in text.splitlines()]
    traceback = last_traceback(lines)
    reason = f"{traceback[-1]} ({problem})" if traceback else problem
    advice = _left_out(text, snapshot) or _advice(problem, text, conda_file)
    return Failure(reason, _own_frames(traceback) or lines[-MOST_LINES:], advice)


def _read(log: Path | None) -> str:
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - MOST_BYTES, 0))
        return file.read().decode("utf-8", errors="replace")


def last_traceback(lines: list[str]) -> list[str]:
    """Return the log's last Python traceback, from its first line to the exception's; empty without one.

    What is logged after it hides no more.
    """
    starts = [at for at, line in enumerate(lines) if line.endswith(_TRACEBACK)]
    if not starts:
        return []
    for at in range(starts[-1] + 1, len(lines)):
        if not lines[at].startswith(" "):
            is_exception = _EXCEPTION.match(lines[at])
            return lines[starts[-1] : at + 1] if is_exception else []
    return []


def _own_frames(traceback: list[str]) -> list[str]:
    """Return a traceback's frames in the user's own files, and the innermost of all."""
    frames: list[list[str]] = []
    for line in traceback[1:-1]:
        if _FRAME.match(line):
            frames.append([])
        if frames:
            frames[-1].append(line)
    own = [frame for frame in frames if not re.search(r'File "(/|<|[A-Z]:)', frame[0])]
    shown = own or frames
    told = [tuple(_frame_lines(frame)) for frame in shown]
    once = [frame for frame, before in zip(told, [(), *told], strict=False) if frame != before]
    return [line for frame in once for line in frame][-MOST_LINES:]


def _frame_lines(frame: list[str]) -> list[str]:
    match = _FRAME.match(frame[0])
    place = f"{match['file']}:{match['line']}" if match else frame[0].strip()
    code = [f"  {line.strip()}" for line in frame[1:] if line.strip(" ^~")]
    return [place, *code]


def _left_out(text: str, snapshot: Snapshot) -> str:
    """Say which line of an ignore file keeps a missing file or module out of the code; or nothing."""
    for match in _MISSING_FILE.finditer(text):
        name = match["file"] or match["module"].replace(".", "/")
        path = Path(os.path.abspath(name))
        if snapshot.folder and path.is_relative_to(folder := Path(os.path.abspath(snapshot.folder))):
            name = path.relative_to(folder).as_posix()
        for each in (name, f"{name}.py", f"{name}/__init__.py"):
            if line := snapshot.ignored_by(each):
                where = f"{show_path(str(line.path))}:{line.line}"
                return f"{each} is not uploaded: {where} leaves it out ('{line.text.strip()}')"
    return ""


def _advice(problem: str, text: str, conda_file: str) -> str:
    if match := _MISSING_MODULE.search(text):
        where = conda_file or "the step's environment"
        if match[1] == "pkg_resources":
            return f"add 'setuptools<82' to {where}: later versions do not have it"
        return f"add the package that brings '{match[1]}' to {where}"
    if match := _NO_WORKSPACE.search(text):
        what = f"a run of azureml-core (SDK v1) is offline here and has no '{match[1]}', so no workspace"
        return f"{what}: give the step what it needs as inputs, and reach runs and models through mlflow"
    if problem.startswith(_KILLED):
        return "the system ended it, most likely for lack of memory: give it less data at a time"
    if problem.startswith(_TIMED_OUT):
        return "raise the timeout in its limits, or give it less to do"
    return ""
