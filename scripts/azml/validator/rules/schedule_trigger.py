"""A schedule trigger that never fires or that Azure ML refuses.

Bad:
    trigger:
      expression: "0 25 * * *"

Fix: give five fields: minute (0-59), hour (0-23), day, month (1-12), weekday (0-6); end after the start.

Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-schedule
"""

import re
from datetime import datetime

from azml.core.place import Place
from azml.core.values import mapping
from azml.validator.findings import Findings, error, put
from azml.validator.rule import Rule
from azml.validator.specs import SpecProject
from azml.validator.triggers import KEYS_OF_TRIGGERS, meant_trigger

RULE = Rule("schedule-trigger")

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))


def check_project(project: SpecProject) -> Findings:
    for trigger in project.places("trigger"):
        yield from _check(trigger, trigger.data)


def _check(trigger: Place, data: dict) -> Findings:
    meant = meant_trigger(data)
    if meant and data["type"].lower() in KEYS_OF_TRIGGERS.keys() - {meant}:
        key = next(key for key in data if key in KEYS_OF_TRIGGERS[meant])
        message = f"the type is {data['type']}, but '{key}' belongs to type {meant}"
        yield error(message, trigger, "type", fix=put(meant, trigger, "type"))
    checks = {"expression": _cron_problem, "start_time": _time_problem, "end_time": _time_problem}
    for key, find_problem in checks.items():
        if isinstance(data.get(key), str) and (problem := find_problem(data[key])):
            yield error(problem, trigger, key)
    start, end = data.get("start_time"), data.get("end_time")
    if isinstance(start, str) and isinstance(end, str) and len(start) == len(end) and end <= start:
        yield error(f"end_time is not after start_time ({start})", trigger, "end_time")
    for key, highest in (("hours", 23), ("minutes", 59)):
        values = mapping(data.get("schedule")).get(key)
        for index, value in enumerate(values if isinstance(values, list) else [values]):
            if isinstance(value, int) and value not in range(highest + 1):
                yield error(f"{value} is not between 0 and {highest}", trigger, "schedule", key, index)


def _time_problem(text: str) -> str | None:
    numbers = [int(each) for each in re.findall(r"\d+", text)]
    if len(numbers) < 3:
        return None  # not a date: the schema says so
    year, month, day, hour, minute, second = (*numbers, 0, 0, 0)[:6]
    try:
        datetime(year, month, day, hour, minute, second)
    except (ValueError, OverflowError) as problem:
        return f"not a valid time: {problem}"
    return None


def _cron_problem(expression: str) -> str | None:
    fields = expression.split()
    if len(fields) != len(_FIELDS):
        return f"a cron expression has 5 fields (minute hour day month weekday), not {len(fields)}"
    for text, (name, lowest, highest) in zip(fields, _FIELDS, strict=True):
        numbers = [int(each) for each in re.findall(r"\d+", re.sub(r"/\d+", "", text))]
        if any(not lowest <= each <= highest for each in numbers):
            return f"'{text}' is not a valid {name}; expected {lowest} to {highest}"
    return None
