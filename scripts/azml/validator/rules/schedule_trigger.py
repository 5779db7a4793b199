"""A schedule's trigger that never fires or that the service refuses.

Bad:
    trigger:
      type: cron
      expression: "0 25 * * *"

Fix: five fields: minute (0-59), hour (0-23), day, month (1-12), weekday (0-6); end_time after start_time.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-schedule
"""

import re

from azml.spec.component import mapping
from azml.validator.findings import Findings, error
from azml.validator.specs import Spec

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_ZONE = "a time zone has its Windows name here, such as 'W. Europe Standard Time'"


def check_spec(spec: Spec) -> Findings:
    trigger = mapping(spec.data.get("trigger")) if spec.kind == "schedule" else {}
    if problem := _cron_problem(trigger.get("expression")):
        yield error(problem, spec, "trigger", "expression")
    if "/" in str(trigger.get("time_zone")):
        yield error(_ZONE, spec, "trigger", "time_zone")
    start, end = trigger.get("start_time"), trigger.get("end_time")
    if isinstance(start, str) and isinstance(end, str) and len(start) == len(end) and end <= start:
        yield error(f"end_time is not after start_time ({start})", spec, "trigger", "end_time")
    for key, highest in (("hours", 23), ("minutes", 59)):
        values = mapping(trigger.get("schedule")).get(key)
        for index, value in enumerate(values if isinstance(values, list) else [values]):
            if isinstance(value, int) and value not in range(highest + 1):
                yield error(f"{value} is not within 0 to {highest}", spec, "trigger", "schedule", key, index)


def _cron_problem(expression: object) -> str | None:
    if not isinstance(expression, str):
        return None
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        return f"a cron expression has 5 fields (minute hour day month weekday), not {len(fields)}"
    for text, (name, lowest, highest) in zip(fields, _FIELDS, strict=True):
        numbers = [int(each) for each in re.findall(r"\d+", re.sub(r"/\d+", "", text))]
        if any(not lowest <= each <= highest for each in numbers):
            return f"'{text}' is no {name}: {lowest} to {highest}"
    return None
