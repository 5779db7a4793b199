"""Steps that depend on each other in a circle, or a component that contains itself.

Bad:
    jobs:
      prepare: {inputs: {data: "${{parent.jobs.train.outputs.model}}"}}
      train: {inputs: {data: "${{parent.jobs.prepare.outputs.data}}"}}

Fix: give one of the steps its input from the pipeline.

Source: azure-ai-ml does not check for cycles; the service refuses the graph at submission.
"""

from azml.core.rule_ids import CYCLE
from azml.validator.rule import Rule

RULE = Rule(CYCLE)


# Found by the core while it reads and links the specs.
