"""Local files for what lives only in a workspace, as the table ``local`` of the configuration lists them.

    [tool.azml.local]
    "azureml:credit" = "data/credit.csv"
    "azureml://datastores/raw/paths/2026" = "data/raw"

A reference without a version stands for every version; an address also for all that lies below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .configuration import configuration_file, runner_settings
from .references import ASSET, parse_reference
from .values import mapping

KEY = "local"
DEFAULT = "pyproject.toml"


@dataclass(frozen=True)
class StandIns:
    """The table: what a text of a spec means on this machine, and the file that the table is in, if any."""

    paths: Mapping[str, Path] = field(default_factory=dict)
    file: Path | None = None

    def find(self, text: str) -> Path | None:
        """Return the local path that stands for a reference or an address, or None."""
        text = text.strip()
        reference = parse_reference(text)
        names = [text, f"azureml:{reference.name}"] if reference.kind == ASSET else [text.rstrip("/")]
        for name in names:
            if name in self.paths:
                return self.paths[name]
        above = [key for key in self.paths if text.startswith(f"{key}/")]
        longest = max(above, key=len, default=None)
        return None if longest is None else self.paths[longest] / text[len(longest) + 1 :]

    def line(self, text: str, kind: str = "PATH") -> str:
        """Return what to add to the table for a text of a spec, and where."""
        return f'add "{text}" = "{kind}" to [tool.azml.local] in {self.file.name if self.file else DEFAULT}'


def read_stand_ins(folder: Path) -> StandIns:
    """Return the table that counts for a folder; raise ValueError if it cannot be read."""
    file = configuration_file(folder)
    table = mapping(runner_settings(folder).get(KEY))
    if file is None:
        return StandIns()
    for key, value in table.items():
        if not isinstance(value, str):
            raise ValueError(f"{file}: local.{key!r} must be a path, not {value!r}")
    return StandIns({key.rstrip("/"): file.parent / value for key, value in table.items()}, file)
