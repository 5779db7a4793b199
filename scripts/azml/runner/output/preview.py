"""What ``azml run --plan`` prints: each step, what becomes of it, its code, inputs and command."""

from collections.abc import Iterable
from pathlib import Path

from rich.filesize import decimal

from azml.core.secrets import hide_secrets
from azml.core.show import count, show_path

from ..forecast import Amount, Forecast, read_upload
from ..plan import Plan, StepOutput, Value
from ..planning.part import Source
from ..steps.step import PlannedStep
from .console import new_terminal, say

# Of many lines of ignore files that keep something out, those that keep out most are enough.
MOST_LINES = 4
INDENT = " " * 3


def print_plan(plan: Plan, forecast: Forecast, home: Path) -> None:
    """Print what would be done, step by step, and how many steps would be reused."""
    for number, step in enumerate(plan.steps, 1):
        print(f"{number}. {step.id} ({step.type}, {step.place})")
        _print(forecast.tell(step))
        _print_upload(step)
        _print_command(step, f"{home}/runs/RUN")
    print(f"{len(forecast.reused)} of {count(len(plan.steps), 'step')} would be reused")


def print_sources(sources: Iterable[Source], forecast: Forecast) -> None:
    """Print which runs the steps before a part are taken from, and what has changed in them since then."""
    for source in sources:
        changed = forecast.since(source.step, source.folder) if source.step else ""
        remark = f"; changed since then: {changed}" if changed else ""
        _print(f"{source.name} is taken from {source.folder.parent.name}{remark}", "")


def print_variables(passed: Iterable[str]) -> None:
    """Print which variables of the shell the steps get."""
    _print(f"variables of this shell that reach the steps: {', '.join(sorted(passed))}", "")


def _print_upload(step: PlannedStep) -> None:
    upload = read_upload(step)
    if not upload.code.files and not upload.left_out:
        return
    _print(f"code: {_amount(upload.code)}")
    most = sorted(upload.left_out.items(), key=lambda item: -item[1].size)
    for line, amount in most[:MOST_LINES]:
        where = f"{show_path(str(line.path))}:{line.line}"
        _print(f"left out: {_amount(amount)} by {where} '{line.text.strip()}'")
    if len(most) > MOST_LINES:
        _print(f"left out: {count(sum(each.files for _, each in most[MOST_LINES:]), 'file')} by other lines")


def _print_command(step: PlannedStep, folder: str) -> None:
    paths = {f"outputs.{name}": str(step.output(name).below(Path(folder, step.id))) for name in step.outputs}
    for name, value in step.inputs.items():
        if value is not None:
            paths[f"inputs.{name}"] = shown = _shown(value, folder)
            _print(f"{name} = {shown}")
    chosen = {name: f"<{name}>" for name in step.search_space}
    _print(f"$ {step.show_command(paths, chosen).strip()}")


def _shown(value: Value, folder: str) -> str:
    return f"{folder}/{value}" if isinstance(value, StepOutput) else str(value)


def _amount(amount: Amount) -> str:
    return f"{count(amount.files, 'file')}, {decimal(amount.size)}"


def _print(text: str, indent: str = INDENT) -> None:
    """Print a text, on a terminal in lines that fit."""
    terminal = new_terminal()
    for line in hide_secrets(text).splitlines():
        say(terminal, line, first=indent, rest=f"{indent}  ")
