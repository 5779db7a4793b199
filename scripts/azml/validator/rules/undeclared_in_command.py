"""An undeclared input or output in a command or in program arguments.

Bad:
    inputs:
      data: {type: uri_folder}
    command: python train.py --data ${{inputs.dta}}

Fix: use a declared name, or declare the input or output.

Source: azure-ai-ml entities/_component/command_component.py, _validate_command.
"""

from azml.core.rule_ids import UNDECLARED_IN_COMMAND
from azml.validator.rule import Rule

RULE = Rule(UNDECLARED_IN_COMMAND)


# Found by the core while it reads and links the specs.
