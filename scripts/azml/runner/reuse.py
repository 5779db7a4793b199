"""Reuse as on Azure ML: a step that has run before with the same of everything is not run again.

"Everything" is the code's snapshot, the environment, the contents of the inputs, the types of the outputs,
the interpreter with its packages, and all settings but those known not to matter
(https://learn.microsoft.com/azure/machine-learning/how-to-debug-pipeline-reuse-issues).
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from azml.core.environment import read_environment
from azml.core.project import Project

from .data import Data, DataError, Hashes, hash_files, shipped_files, write_json
from .interpreter import Interpreter
from .step import PlannedStep


@dataclass(frozen=True)
class Record:
    """A completed step: its folder, its MLflow run and the content hashes of its outputs."""

    folder: Path
    run: str
    outputs: dict[str, str]


class Reuse:
    """The records of completed steps, a file each below ``folder``, named by fingerprint."""

    def __init__(self, folder: Path, project: Project, interpreter: Interpreter, hashes: Hashes) -> None:
        self.folder = folder
        self.project = project
        self.interpreter = interpreter
        self.hashes = hashes
        folder.mkdir(parents=True, exist_ok=True)

    def fingerprint(self, step: PlannedStep, data: dict[str, Data]) -> str:
        """Return the hash of everything that decides what a step does; ``data`` is that of its inputs."""
        code = [(f"{file.archive}/{file.name}", file.source) for file in shipped_files(step.definition)]
        everything = {
            "code": hash_files(code),
            "literals": step.literals,
            "data": {name: [given.path.name, self.hashes.of(given)] for name, given in data.items()},
            "environment": read_environment(self.project, step.environment).parts,
            "outputs": step.outputs,
            "settings": step.counted_settings(),
            "interpreter": [str(self.interpreter.path), self.interpreter.version, self.interpreter.packages],
        }
        text = json.dumps(everything, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def find(self, fingerprint: str) -> Record | None:
        """Return the record of a completed step whose outputs are still what they were."""
        try:
            stored = json.loads((self.folder / f"{fingerprint}.json").read_text(encoding="utf-8"))
            record = Record(Path(stored["folder"]), stored["run"], stored["outputs"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        unchanged = record.folder.is_dir() and self._outputs(record.folder, record.outputs) == record.outputs
        return record if unchanged else None

    def store(self, fingerprint: str, folder: Path, run: str, outputs: list[str]) -> None:
        """Record a completed step."""
        hashed = self._outputs(folder, outputs)
        content = {"folder": str(folder), "run": run, "outputs": hashed}
        write_json(self.folder / f"{fingerprint}.json", content)

    def _outputs(self, folder: Path, names: dict[str, str] | list[str]) -> dict[str, str]:
        found = {}
        for name in names:
            path = folder / "outputs" / name
            if path.exists():
                try:
                    found[name] = self.hashes.of(Data(path))
                except OSError as error:
                    raise DataError(f"the output {path} cannot be read: {error.strerror}") from error
        return found
