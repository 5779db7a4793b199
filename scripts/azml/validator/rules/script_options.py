"""A command and the script it starts that disagree: on options, required ones, values or arguments.

Bad:
    command: python train.py --learning_rte 0.1     # train.py declares --learning_rate, required

Fix: pass what the script's argparse, click or typer declares; a Spark job does in its ``args``.
Silent where the source cannot tell.

Source: https://docs.python.org/3/library/argparse.html; the script itself, which is read and never run.
"""

from azml.core.components import Component
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.script_arguments import at_line, mistakes
from azml.validator.script_options import options_of
from azml.validator.shell import command_of

RULE = Rule("script-options")


def check_component(component: Component) -> Findings:
    command = command_of(component)
    for program, path in command.scripts if command else ():
        options = options_of(path)
        for mistake in mistakes(program, options) if options else ():
            spot = {"text": mistake.word or program.target, "severity": mistake.severity}
            related = at_line(path, mistake.line)
            yield error(f"{program.target} {mistake.message}", command, **spot, related=related)
