"""What a run would do, for ``azml run --plan``: what is reused, why the rest runs, what is uploaded as code.

Nothing is built, downloaded or run to find it out, so what hangs on that is told as open.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from azml.core.environment import read_environment
from azml.core.snapshot import IgnoreLine, Shipped, read_snapshot, uploaded_files

from .data.download import downloaded
from .data.files import Data, DataError
from .data.files import reason as cause
from .environments.builder import Builder
from .environments.interpreter import Interpreter, InterpreterError
from .plan import Literal, LocalData, Recorded, RemoteData, StepOutput, Value
from .reuse import Record, Reuse, fingerprint
from .steps.step import PlannedStep
from .tracking.store import Tracking, TrackingError


@dataclass
class Amount:
    """How many files, and of how many bytes in all."""

    files: int = 0
    size: int = 0

    def add(self, file: Shipped) -> None:
        """Count one more."""
        self.files += 1
        self.size += file.source.stat().st_size


@dataclass(frozen=True)
class Upload:
    """A step's code snapshot: what is in it, and what each line of an ignore file keeps out."""

    code: Amount = field(default_factory=Amount)
    left_out: dict[IgnoreLine, Amount] = field(default_factory=dict)


def read_upload(step: PlannedStep) -> Upload:
    """Return what Azure ML would upload as a step's code."""
    snapshot, upload = read_snapshot(step.definition), Upload()
    for file in snapshot.files():
        upload.code.add(file)
    for file, line in snapshot.left_out():
        upload.left_out.setdefault(line, Amount()).add(file)
    return upload


@dataclass
class Forecast:
    """Foresees which steps are reused; ``force`` says what forces them to run, if anything does."""

    reuse: Reuse
    own: Interpreter
    builder: Builder
    tracking: Tracking
    force: str = ""
    is_given: bool = False
    reused: dict[str, Record] = field(default_factory=dict)

    def tell(self, step: PlannedStep) -> str:
        """Say whether a step, told after those that it needs, would be reused, and if not, why."""
        try:
            reason = self._reason(step)
        except (DataError, InterpreterError, TrackingError, OSError) as error:
            return f"runs: {cause(error)}"
        return reason or f"reused from {self.reused[step.id].folder.parent.name}"

    def _reason(self, step: PlannedStep) -> str:
        """Return why a step runs; empty if it is reused."""
        if self.force:
            return f"runs: {self.force}"
        if not step.is_deterministic:
            return "runs: is_deterministic: false"
        facts, unknown = self._facts(step)
        return self._looked_up(step, facts, unknown) if facts else "runs: its environment is not built yet"

    def since(self, step: PlannedStep, folder: Path) -> str:
        """Say what a step differs in from the time that it completed in a folder; empty if in nothing."""
        try:
            facts, unknown = self._facts(step)
        except (DataError, InterpreterError, OSError):
            return ""
        return (facts and self.reuse.difference(step, facts, unknown, folder)) or ""

    def _facts(self, step: PlannedStep) -> tuple[dict[str, dict], dict[str, Value]]:
        """Return what decides what a step does, and the inputs that are not known yet.

        Nothing is known of a step whose environment is not built.
        """
        interpreter = self._interpreter(step)
        if interpreter is None:
            return {}, {}
        self.reuse.interpreters[step.id] = interpreter
        given = {name: value for name, value in step.inputs.items() if not isinstance(value, Literal | None)}
        found = {name: self._data(value) for name, value in given.items()}
        unknown: dict[str, Value] = {name: value for name, value in given.items() if found[name] is None}
        data = {name: each for name, each in found.items() if each is not None}
        return self.reuse.facts(step, data), unknown

    def _looked_up(self, step: PlannedStep, facts: dict, unknown: Mapping[str, Value]) -> str:
        record = None if unknown else self.reuse.find(fingerprint(facts), step.outputs)
        if record and self.tracking.database.exists() and self.tracking.has(record.run):
            self.reused[step.id] = record
            return ""
        changed = self.reuse.difference(step, facts, unknown)
        if changed is None:
            return "runs: it has not run before"
        if changed:
            return f"runs; changed: {changed}"
        if unknown:
            each = (value.step if isinstance(value, StepOutput) else str(value) for value in unknown.values())
            return f"runs, unless what it takes from {', '.join(sorted(set(each)))} stays the same"
        return "runs: the last time, it did not complete, or what it left has changed"

    def _interpreter(self, step: PlannedStep) -> Interpreter | None:
        environment = read_environment(self.reuse.project, step.environment)
        if self.is_given or not self.own.differences(environment):
            return self.own
        return self.builder.kept(environment)

    def _data(self, value: Value) -> Data | None:
        """Return an input's data; None if it is only known when the run is under way."""
        if isinstance(value, LocalData):
            return Data(value.path, uploaded_files)
        if isinstance(value, RemoteData):
            with suppress(ValueError):  # an address that the run will refuse
                path = downloaded(value.address, self.builder.home / "downloads")
                return Data(path) if path.exists() else None
        if isinstance(value, Recorded):
            return Data(value.path)
        if isinstance(value, StepOutput) and value.step in self.reused:
            return Data(value.below(self.reused[value.step].folder))
        return None
