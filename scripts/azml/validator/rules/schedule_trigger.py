"""A schedule's trigger that never fires or that the service refuses.

Bad:
    trigger:
      type: cron
      expression: "0 25 * * *"

Fix: five fields: minute (0-59), hour (0-23), day, month (1-12), weekday (0-6); end_time after start_time.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-schedule
"""

import re
from collections.abc import Iterator

from azml.spec.component import mapping
from azml.spec.document import Document
from azml.spec.finding import Finding
from azml.validator.specs import SpecProject

ID = "schedule-trigger"

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_ZONE = "a time zone has its Windows name here, such as 'W. Europe Standard Time'"


def check(project: SpecProject) -> Iterator[Finding]:
    """Yield a finding at what is wrong in a trigger."""
    for document, kind in project.specs:
        trigger = mapping(mapping(document.data).get("trigger")) if kind == "schedule" else {}
        if problem := _cron_problem(trigger.get("expression")):
            yield document.finding(ID, problem, ("trigger", "expression"))
        yield from _check_recurrence(document, mapping(trigger.get("schedule")))
        if "/" in str(trigger.get("time_zone")):
            yield document.finding(ID, _ZONE, ("trigger", "time_zone"))
        start, end = trigger.get("start_time"), trigger.get("end_time")
        if isinstance(start, str) and isinstance(end, str) and len(start) == len(end) and end <= start:
            yield document.finding(ID, f"end_time is not after start_time ({start})", ("trigger", "end_time"))


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


def _check_recurrence(document: Document, schedule: dict) -> Iterator[Finding]:
    for key, highest in (("hours", 23), ("minutes", 59)):
        values = schedule.get(key)
        for index, value in enumerate(values if isinstance(values, list) else [values]):
            if isinstance(value, int) and value not in range(highest + 1):
                place = ("trigger", "schedule", key, index)
                yield document.finding(ID, f"{value} is not within 0 to {highest}", place)
