"""A command that passes options or values that the script's argparse does not accept.

Bad:
    command: python train.py --learning_rte 0.1     # train.py declares --learning_rate, required

Fix: pass the options that the script declares; a Spark job passes them in ``args``. Not checked where the
options are built at run time.

Source: https://docs.python.org/3/library/argparse.html; the script itself, which is read and never run.
"""

from azml.core.components import Component
from azml.core.finding import ERROR
from azml.validator.findings import Findings, error, put, warning
from azml.validator.rule import Rule
from azml.validator.script_arguments import mistakes
from azml.validator.scripts import at_line, options_of
from azml.validator.shell import command_of

RULE = Rule("script-options")


def check_component(component: Component) -> Findings:
    command = command_of(component)
    if command is None:
        return
    for program, path in command.scripts:
        options = options_of(path)
        for mistake in mistakes(program, options) if options else ():
            report = error if mistake.severity == ERROR else warning
            message, word = f"{program.target} {mistake.message}", mistake.word or program.target
            fix = put(mistake.right, command, text=word)
            yield report(message, command, text=word, related=at_line(path, mistake.line), fix=fix)
