"""A binding to an input, output or job that does not exist.

Bad:
    inputs:
      data: ${{parent.jobs.prepare.outputs.dta}}

Fix: use a name that the pipeline or the other job declares.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax, "Binding inputs and
outputs"; azure-ai-ml does not check the bindings of component steps.
"""

from azml.core.rule_ids import UNKNOWN_BINDING
from azml.validator.rule import Rule

RULE = Rule(UNKNOWN_BINDING)


# Found by the core while it reads and links the specs.
