"""What runs on this machine registered, for later runs: outputs with a ``name``, and MLflow's models.

An output's files are kept below ``.local/assets/<name>/<version>``, as hard links, so they outlive the folder
of their run; one that is a model is in MLflow's registry too, as on Azure ML. Without a version it gets the
next number. A run that registers a version again replaces it
(https://learn.microsoft.com/azure/machine-learning/how-to-manage-inputs-outputs-pipeline, "Register output").
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from filelock import FileLock

from azml.core.finding import did_you_mean
from azml.core.references import Reference

from .files import copy_links, inside, plain_name, remove

FOLDER = "assets"
MODEL_TYPES = ("mlflow_model", "custom_model", "triton_model")


@dataclass(frozen=True)
class Asset:
    """One version of something registered; ``created`` is in seconds."""

    name: str
    version: str
    path: Path
    created: float


class Registered:
    """The assets below ``home``."""

    def __init__(self, home: Path) -> None:
        self.home, self.folder = home, home / FOLDER

    def find(self, reference: Reference) -> Path | None:
        """Return the files of ``azureml:name:version``; the version created last, where none is given.

        https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax: "The latest version is
        defined as the latest (also known as most recently) created version".
        """
        found = [asset for asset in self._assets() if asset.name == reference.name and asset.path.exists()]
        if reference.version:
            found = [asset for asset in found if asset.version == reference.version]
        return max(found, key=lambda asset: asset.created).path if found else None

    def hint(self, name: str, others: list[str]) -> str:
        """Return which versions of a name there are, or the nearest name, the ``others`` included."""
        assets = list(self._assets())
        versions = {f"azureml:{name}:{asset.version}" for asset in assets if asset.name == name}
        if versions:
            return f"; registered here: {', '.join(sorted(versions))}"
        return did_you_mean(name, [*others, *(asset.name for asset in assets)])

    def add(self, name: str, version: str, source: Path) -> tuple[str, Path]:
        """Register a file or folder; return its version and where its files are now."""
        folder = inside(self.folder, name)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / ".lock"):
            version = version or self._next(name)
            place, part = inside(folder, version), folder / ".part"
            remove(part)
            part.mkdir()
            if source.is_dir():  # or it may be empty
                (part / plain_name(source.name)).mkdir()
            copy_links(source, part / plain_name(source.name))
            remove(place)
            part.rename(place)
        return version, place / plain_name(source.name)

    def _next(self, name: str) -> str:
        versions = [asset.version for asset in self._assets() if asset.name == name]
        return str(1 + max((int(version) for version in versions if version.isdecimal()), default=0))

    def _assets(self) -> Iterator[Asset]:
        for path in sorted(self.folder.glob("*/*/*")):
            if path.parent.name != ".part":
                version = path.parent
                yield Asset(version.parent.name, version.name, path, version.stat().st_mtime)
        yield from self._models()

    def _models(self) -> Iterator[Asset]:
        """Yield the versions in MLflow's registry, from its tables: its client takes seconds to import."""
        query = "SELECT name, version, coalesce(storage_location, source), creation_time FROM model_versions"
        database = self.home / "mlflow.db"
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as store,
        ):
            for name, version, source, created in store.execute(query).fetchall():
                if source.startswith("file:"):
                    path = Path(url2pathname(urlsplit(source).path))
                    yield Asset(name, str(version), path, created / 1000)
