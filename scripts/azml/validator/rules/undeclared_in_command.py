"""A command, or the arguments of a script, that names an input or output which is not declared.

Bad:
    inputs:
      data: {type: uri_folder}
    command: python train.py --data ${{inputs.dta}}

Fix: name a declared input or output, or declare it.

Source: azure-ai-ml entities/_component/command_component.py, _validate_command.
"""

from azml.validator.rule import Rule

RULE = Rule("undeclared-in-command")


# Found by the core while it reads and links the specs.
