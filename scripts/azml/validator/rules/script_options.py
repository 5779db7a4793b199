"""A command and the script it starts that disagree: on options, required ones, values or arguments.

Bad:
    command: python train.py --learning_rte 0.1     # train.py declares --learning_rate, required

Fix: pass what the script's argparse, click or typer declares. Silent where the source cannot tell.

Source: https://docs.python.org/3/library/argparse.html; the script itself, which is read and never run.
"""

import os

from azml.spec.finding import Related
from azml.validator.command_line import Command, read_text
from azml.validator.findings import Findings, error
from azml.validator.script_arguments import mistakes
from azml.validator.script_options import UNREADABLE, Options, read_options


def check_command(command: Command) -> Findings:
    for program, path in command.scripts:
        options = _options(read_text(path))
        for mistake in mistakes(program, options) if options else ():
            where = "declared here" if mistake.line else "the script"
            related = (Related(os.path.abspath(path), mistake.line or 1, 1, where),)
            spot = {"text": mistake.word or program.target, "severity": mistake.severity}
            yield error(f"{program.target} {mistake.message}", command, **spot, related=related)


def _options(source: str) -> Options | None:
    try:
        return read_options(source)
    except UNREADABLE:
        return None
