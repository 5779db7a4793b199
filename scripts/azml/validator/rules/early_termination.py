"""A bandit policy without exactly one slack setting.

Bad:
    early_termination: {type: bandit, slack_factor: 0.1, slack_amount: 0.2, evaluation_interval: 1}

Fix: give either ``slack_factor`` or ``slack_amount``.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters, "Early termination"
"""

from azml.core.components import misspelt
from azml.core.values import mapping
from azml.validator.dataflow import Call
from azml.validator.findings import Findings, error
from azml.validator.rule import Rule

RULE = Rule("early-termination")


def check_call(call: Call) -> Findings:
    policy = mapping(call.data.get("early_termination"))
    slack = [key for key in policy if key in ("slack_factor", "slack_amount")]
    is_misspelt = misspelt(policy, "slack_factor") and misspelt(policy, "slack_amount")
    if str(policy.get("type")).lower() == "bandit" and len(slack) != 1 and not is_misspelt:
        message = "bandit needs either slack_factor or slack_amount"
        yield error(message, call, "early_termination", *slack[1:], key=True)
