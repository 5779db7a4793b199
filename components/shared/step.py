"""How every step starts and fails: arguments with ranges, one line for each mistake, exit code 2."""

import argparse
import os
import re
import sys
from collections.abc import Callable

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # outside of CI, MLflow reports its use home


class BadInput(Exception):
    """The input cannot be used; every line of the message is for the person who must fix it."""


def number(low: float, high: float) -> Callable[[str], float]:
    """Return an argument type: a number from `low` to `high`."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
        return value

    return parse


def integer(low: int, high: int) -> Callable[[str], int]:
    """Return an argument type: an integer from `low` to `high`. Azure ML may pass 10 as 10.0."""

    def parse(text: str) -> int:
        value = number(low, high)(text)
        if not value.is_integer():
            raise argparse.ArgumentTypeError(f"{text} is not an integer")
        return int(value)

    return parse


def model_name(text: str) -> str:
    """Check the name of a registered model against what both Azure ML and MLflow accept."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a model name: use letters, digits, '.', '_', '-'")
    return text


def run(step: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> int:
    """Run a step and return its exit code: 2 when the input is at fault."""
    try:
        step(args)
    except (BadInput, OSError) as error:
        for line in str(error).splitlines():
            print(f"{step.__name__}: {line}", file=sys.stderr)
        return 2
    return 0
