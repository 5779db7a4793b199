"""Reuse as on Azure ML: a step that has run before with the same of everything is not run again.

"Everything" is the code's snapshot, the environment, the contents of the inputs, the types of the outputs,
the interpreter with its packages, the variables of the shell that pass, and all settings but those known
not to matter (https://learn.microsoft.com/azure/machine-learning/how-to-debug-pipeline-reuse-issues).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from azml.core.environment import read_environment
from azml.core.home import write_json
from azml.core.project import Project
from azml.core.values import mapping

from .data.files import Data, DataError, Hashes, hash_file, inside, shipped_files
from .environments.interpreter import Interpreter
from .environments.variables import PassedVariables
from .steps.step import PlannedStep

# Of many files or packages that changed, the first few are enough.
MOST_NAMES = 3
# In the folder of a completed step.
FACTS = "facts.json"


@dataclass(frozen=True)
class Record:
    """A completed step: its folder, its MLflow run and the content hashes of its outputs."""

    folder: Path
    run: str
    outputs: dict[str, str]


class Reuse:
    """The records of completed steps, a file each below ``home/reuse``, named by fingerprint."""

    def __init__(
        self, home: Path, project: Project, interpreters: dict[str, Interpreter], passed: PassedVariables
    ) -> None:
        self.folder, self.runs = home / "reuse", home / "runs"
        self.passed = passed
        self.project = project
        self.interpreters = interpreters
        self.hashes = Hashes(home / "hashes.db")

    def facts(self, step: PlannedStep, data: dict[str, Data]) -> dict[str, dict]:
        """Return everything that decides what a step does; ``data`` is that of its inputs."""
        files = shipped_files(step.definition)
        parts = read_environment(self.project, step.environment).parts
        interpreter = self.interpreters[step.id]
        python = [str(interpreter.path), interpreter.version]
        return {
            "code": {f"{file.archive}/{file.name}".lstrip("/"): hash_file(file.source) for file in files},
            "input": {
                **step.literals,
                **{name: [given.name, self.hashes.of(given)] for name, given in data.items()},
            },
            "environment": {str(number): part for number, part in enumerate(parts)},
            "output": {name: [kind, step.files.get(name, "")] for name, kind in step.outputs.items()},
            "setting": step.counted_settings(),
            "variable": self.passed.counted(),
            "package": {**interpreter.packages, "python": python},
        }

    def difference(
        self,
        step: PlannedStep,
        facts: dict[str, dict],
        unknown: Iterable[str] = (),
        folder: Path | None = None,
    ) -> str | None:
        """Say what a step differs in from the last time it ran; None if it has not run before.

        ``unknown`` are inputs that are not among the facts, because the step that writes them has yet to run.
        With ``folder``, say what it differs in from the time that it completed there.
        """
        try:
            last = mapping(json.loads((folder / FACTS if folder else self._last(step)).read_text("utf-8")))
        except (OSError, ValueError):
            return None
        inputs = {name: each for name, each in mapping(last.get("input")).items() if name not in unknown}
        return differences(last | {"input": inputs}, digests(facts))

    def remember(self, step: PlannedStep, facts: dict[str, dict]) -> None:
        """Keep what a step was the last time it ran, for ``difference``."""
        self._write(self._last(step), digests(facts))

    def keep(self, facts: dict[str, dict], folder: Path) -> None:
        """Keep in a step's folder what it was when it completed there, for ``difference``."""
        self._write(folder / FACTS, digests(facts))

    def _last(self, step: PlannedStep) -> Path:
        key = hashlib.sha256(f"{step.place.document.path}\0{step.id}".encode()).hexdigest()[:16]
        return self.folder / "last" / f"{key}.json"

    def find(self, fingerprint: str, outputs: Iterable[str]) -> Record | None:
        """Return the record of a completed step whose outputs are still what they were.

        A record that is damaged, or that leads to another folder than one of a run, is none.
        """
        try:
            stored = json.loads((self.folder / f"{fingerprint}.json").read_text(encoding="utf-8"))
            record = Record(inside(self.runs, stored["folder"]), str(stored["run"]), stored["outputs"])
            is_whole = record.folder.is_dir() and self._outputs(record.folder, outputs) == record.outputs
        except (OSError, ValueError, KeyError, TypeError, DataError):
            return None
        return record if is_whole else None

    def store(self, fingerprint: str, folder: Path, run: str, outputs: list[str]) -> None:
        """Record a completed step."""
        hashed = self._outputs(folder, outputs)
        content = {"folder": str(folder), "run": run, "outputs": hashed}
        self._write(self.folder / f"{fingerprint}.json", content)

    def _write(self, path: Path, content: dict) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, content)

    def _outputs(self, folder: Path, names: Iterable[str]) -> dict[str, str]:
        """Return the hash of each output, empty for one that is not there."""
        found = dict.fromkeys(names, "")
        for name in found:
            path = folder / "outputs" / name
            if path.exists() and not path.is_symlink():
                try:
                    found[name] = self.hashes.of(Data(path))
                except OSError as error:
                    raise DataError(f"the output {path} cannot be read: {error.strerror}") from error
        return found


def fingerprint(facts: dict) -> str:
    """Return the hash of a step's facts."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def digests(facts: dict[str, dict]) -> dict[str, dict]:
    """Return facts without their values, which may be secret."""
    return {
        kind: {name: fingerprint({name: value}) for name, value in values.items()}
        for kind, values in facts.items()
    }


def differences(before: dict, now: dict[str, dict]) -> str:
    """Say in a few words which facts differ: the kinds of fact, each with the names that changed."""
    found = []
    for kind, facts in now.items():
        earlier = mapping(before.get(kind))
        names = [name for name in {**earlier, **facts} if earlier.get(name) != facts.get(name)]
        if kind == "setting":  # the same key may stand in the step and in its component
            names = list(dict.fromkeys(name.partition(".")[2] or name for name in names))
        if names and kind == "environment":
            found.append(kind)
        elif names:
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            found.append(f"{kind} {', '.join(names[:MOST_NAMES])}{more}")
    return "; ".join(found)
