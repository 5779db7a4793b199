"""Azure ML YAML on one machine: a validator and a local runner on one shared core."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import RunError, RunResult, StepResult, run

__all__ = ["RunError", "RunResult", "StepResult", "run"]


def __getattr__(name: str) -> object:
    """Import the runner when it is asked for: the validator has to start quickly."""
    if name not in __all__:
        raise AttributeError(f"module 'azml' has no attribute '{name}'")
    from . import api

    return getattr(api, name)
