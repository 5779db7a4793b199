"""A command that passes options or values that the script's argparse does not accept.

Bad:
    command: python train.py --learning_rte 0.1     # train.py declares --learning_rate, required

Fix: pass the options that the script declares; a Spark job passes them in ``args``. Not checked where the
options are built at run time.

Source: https://docs.python.org/3/library/argparse.html; the script itself, which is read and never run.
"""

from azml.core.components import Component
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule
from azml.validator.scripts import at_line, mistakes, options_of
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
