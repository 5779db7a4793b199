"""A sweep's primary metric that the trial's script never logs: no trial could be ranked.

Bad:
    objective: {primary_metric: accuracy}       # the script: mlflow.log_metric("Accuracy", value)

Fix: name a metric exactly as the script logs it. Not checked where the names are not literals, or where
something else may log: autologging, callbacks, other programs, packages that are not known to log nothing.

Source: https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters, "Primary metric"
"""

from azml.core.finding import WARNING, did_you_mean, nearest
from azml.core.values import mapping
from azml.validator.dataflow import Call
from azml.validator.findings import Findings, put, warning
from azml.validator.imports import code_of
from azml.validator.logged_metrics import logged_metrics
from azml.validator.placeholders import OPEN
from azml.validator.rule import Rule
from azml.validator.shell import command_of

RULE = Rule("unlogged-metric", severity=WARNING, since="0.2")


def check_call(call: Call) -> Findings:
    metric = mapping(call.data.get("objective")).get("primary_metric")
    command = command_of(call.component) if isinstance(metric, str) and not OPEN.search(metric) else None
    if command is None or len(command.scripts) != len(command.words):
        return
    sources = code_of(command).sources
    names = logged_metrics(sources) if sources else None
    if names is not None and metric not in names:
        script = command.scripts[0][0].target
        message = f"{script} does not log the metric '{metric}'{did_you_mean(metric, names)}"
        message = message if names else f"{script} logs no metric, so no trial can be ranked by '{metric}'"
        fix = put(nearest(metric, names), call, "objective", "primary_metric")
        yield warning(message, call, "objective", "primary_metric", fix=fix)
