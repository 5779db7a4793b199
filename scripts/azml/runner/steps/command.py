"""Command steps: one command, run once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .step import Outcome, PlannedStep

if TYPE_CHECKING:
    from ..attempt import Attempt


class CommandStep(PlannedStep):
    """``type: command``."""

    type = "command"

    def read_settings(self) -> None:
        """Check the step's time limit."""
        _ = self.seconds

    def execute(self, attempt: Attempt) -> Outcome:
        """Run the command."""
        return Outcome(attempt.execute(), attempt.log, attempt.remark)
