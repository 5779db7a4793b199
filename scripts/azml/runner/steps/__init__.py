"""The types of steps that run here. Adding one: a module beside these and its class in ``STEP_TYPES``."""

from .command import CommandStep
from .parallel import ParallelStep
from .step import PlannedStep
from .sweep import SweepStep

STEP_TYPES: dict[str, type[PlannedStep]] = {
    step.type: step for step in (CommandStep, SweepStep, ParallelStep)
}
