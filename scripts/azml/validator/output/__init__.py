"""The output formats: one module each, named as ``--format`` names it, with ``render(report) -> str``."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from azml.core.finding import ERROR

from ..report import Report

FORMATS = tuple(sorted(each.name.replace("_", "-") for each in iter_modules(__path__)))


def render(report: Report, name: str) -> str:
    """Return a report in one of the ``FORMATS``, without the last line break."""
    return _module(name).render(report)


def failing_severities(name: str) -> tuple[str, ...]:
    """Return the severities that make the exit status 1: errors, unless the format says ``FAILING``."""
    return getattr(_module(name), "FAILING", (ERROR,))


def _module(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name.replace('-', '_')}")
