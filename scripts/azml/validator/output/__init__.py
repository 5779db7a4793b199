"""The output formats: one module each, named as ``--format`` names it, with ``render(report) -> str``."""

from importlib import import_module
from pkgutil import iter_modules

from ..report import Report

FORMATS = tuple(sorted(each.name.replace("_", "-") for each in iter_modules(__path__)))


def render(report: Report, name: str) -> str:
    """Return a report in one of the ``FORMATS``, without the last line break."""
    return import_module(f"{__name__}.{name.replace('-', '_')}").render(report)
