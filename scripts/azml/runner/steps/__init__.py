"""The types of steps that run here. Adding one: a module beside these and a line in ``STEP_TYPES``."""

from ..step import PlannedStep
from .command import CommandStep
from .sweep import SweepStep

STEP_TYPES: dict[str, type[PlannedStep]] = {each.type: each for each in (CommandStep, SweepStep)}
