"""The runner's side of MLflow: one run for the pipeline, a child for each step, in a local sqlite store.

The step scripts, the registry and the UI use MLflow itself. The runner only opens and closes runs. It writes
these rows into MLflow's own tables: ``import mlflow`` with its sqlite store takes almost three seconds, more
than all else that the runner does. MLflow creates and migrates the tables (``mlflow db upgrade``). On a store
of a revision that this module was not tested with, ``ClientTracking`` does the same through MLflow's client.
"""

import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.request import url2pathname

from .rules import apply_rules, drop_rules
from .tags import CONTEXT_TAG, FOLDER_TAG, NAME_TAG, NOTE_TAG, REUSED_TAG, opening_tags

FINISHED, FAILED, KILLED = "FINISHED", "FAILED", "KILLED"
# The revisions (alembic) of the store whose tables this module knows: MLflow 3.15.
TESTED_REVISIONS = ("6f8d9c3b2a1e",)


@dataclass(frozen=True)
class Dataset:
    """Data that a run took: ``context`` is the name of its input, ``source`` where it is, as JSON."""

    name: str
    digest: str
    source: str
    context: str


class TrackingError(Exception):
    """MLflow's store cannot be used; the message says why."""


def open_tracking(home: Path) -> "Tracking":
    """Return the MLflow store below ``home``, created or migrated where needed; raise TrackingError."""
    tracking = Tracking(home)
    tracking.check()
    tracking.prepare()
    with tracking._store() as store:
        apply_rules(store, tracking.folder)
    if tracking.revision() in TESTED_REVISIONS:
        return tracking
    from .client import ClientTracking

    return ClientTracking(home)


class Tracking:
    """The MLflow store below ``home`` (``mlflow.db`` and ``mlartifacts/``)."""

    def __init__(self, home: Path, name: str = "mlflow.db") -> None:
        self.home = home
        self.database = home / name
        self.folder = home / "mlartifacts"
        self.uri = f"sqlite:///{self.database}"

    def check(self) -> None:
        """Raise TrackingError if the store is damaged."""
        if not self.database.exists():
            return
        try:
            with closing(sqlite3.connect(self.database, timeout=60)) as store:
                found = store.execute("PRAGMA quick_check(1)").fetchone()[0]
                if found == "ok" and store.execute("PRAGMA user_version").fetchone()[0]:
                    store.execute("SELECT version_num FROM alembic_version")
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found != "ok":
            aside = shlex.quote(f"{self.database}.damaged")
            raise TrackingError(
                f"{self.database} cannot be read: {found.splitlines()[-1]}\nMove it away and run again: mv "
                f"{shlex.quote(str(self.database))} {aside}\nIts runs and models are then out of sight and "
                "every step runs anew; files in mlartifacts stay."
            )

    def prepare(self) -> None:
        """Create the store, or migrate one of an earlier MLflow; raise TrackingError.

        MLflow works on a copy, so that the store is never left half migrated.
        """
        stamp = int("".join(f"{part:0>3}" for part in mlflow_version().split(".")[:3] if part.isdigit()))
        if self.database.exists() and self._stamp() == stamp:
            return
        part = Tracking(self.home, "mlflow.db.part")
        part.database.unlink(missing_ok=True)
        if self.database.exists():
            shutil.copy2(self.database, part.database)
            with part._store() as store:
                drop_rules(store)
        command = [sys.executable, "-m", "mlflow", "db", "upgrade", part.uri]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise TrackingError(f"mlflow db upgrade failed for {self.database}: {reason}")
        with part._store() as store:
            store.execute(f"PRAGMA user_version = {stamp}")
        part.database.replace(self.database)

    def _stamp(self) -> int:
        with self._store() as store:
            return store.execute("PRAGMA user_version").fetchone()[0]

    def revision(self) -> str:
        """Return the revision of the store's tables."""
        with self._store() as store:
            return store.execute("SELECT version_num FROM alembic_version").fetchone()[0]

    @contextmanager
    def _store(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.database, timeout=60)) as store, store:
                yield store
        except sqlite3.Error as error:
            raise TrackingError(f"{self.database}: {error}") from error

    def experiment(self, name: str) -> str:
        """Return the id of the experiment with this name, created where it is missing."""
        now = _now()
        with self._store() as store:
            store.execute(
                "INSERT INTO experiments (name, lifecycle_stage, creation_time, last_update_time)"
                " VALUES (?, 'active', ?, ?) ON CONFLICT (workspace, name)"
                " DO UPDATE SET lifecycle_stage = 'active'",
                (name, now, now),
            )
            query = "SELECT experiment_id FROM experiments WHERE name = ? AND workspace = 'default'"
            (number,) = store.execute(query, (name,)).fetchone()
            # MLflow's UI shows training runs and not prompts and traces.
            store.execute(
                "INSERT OR IGNORE INTO experiment_tags (key, value, experiment_id) VALUES (?, ?, ?)",
                ("mlflow.experimentKind", "custom_model_development", number),
            )
        return str(number)

    def start(
        self,
        experiment: str,
        name: str,
        tags: Mapping[str, str],
        params: Mapping[str, str],
        parent: str | None = None,
    ) -> str:
        """Open a run and return its id."""
        run = uuid.uuid4().hex
        folder = self.folder / experiment / run / "artifacts"
        tags = opening_tags(name, tags, parent)
        with self._store() as store:
            store.execute(
                "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id,"
                " status, start_time, source_version, lifecycle_stage, artifact_uri, experiment_id)"
                " VALUES (?, ?, 'JOB', '', '', ?, 'RUNNING', ?, '', 'active', ?, ?)",
                (run, name[:250], tags["mlflow.user"], _now(), folder.as_uri(), experiment),
            )
            _insert(store, "tags", run, tags)
        self.add_params(run, params)
        return run

    def tag(self, run: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        with self._store() as store:
            _insert(store, "tags", run, tags)

    def add_params(self, run: str, params: Mapping[str, str]) -> None:
        """Add the params that the step has not logged itself, as far as there is room for them."""
        rows = [(key, str(value)[:8000], run) for key, value in params.items()]
        with self._store() as store, suppress(sqlite3.IntegrityError):
            store.executemany("INSERT OR IGNORE INTO params (key, value, run_uuid) VALUES (?, ?, ?)", rows)

    def annotate(self, run: str, name: str, tags: Mapping[str, str], metrics: Mapping[str, float]) -> None:
        """Give a run another name, more tags and metrics."""
        with self._store() as store:
            store.execute("UPDATE runs SET name = ? WHERE run_uuid = ?", (name[:250], run))
            _insert(store, "tags", run, {**tags, NAME_TAG: name})
        self.add_metrics(run, metrics.items())

    def add_metrics(self, run: str, values: Iterable[tuple[str, float]]) -> None:
        """Add metrics to a run; the values of one name are its steps."""
        now = _now()
        rows = [(key, value, now, run, step) for key, value, step in numbered(values)]
        with self._store() as store:
            for table in ("metrics", "latest_metrics"):
                store.executemany(
                    f"INSERT OR REPLACE INTO {table} (key, value, timestamp, run_uuid, step, is_nan)"
                    " VALUES (?, ?, ?, ?, ?, 0)",
                    rows,
                )

    def add_datasets(self, experiment: str, run: str, datasets: Iterable["Dataset"]) -> None:
        """Tell what data a run took."""
        with self._store() as store:
            for each in datasets:
                key = (experiment, each.name, each.digest)
                store.execute(
                    "INSERT OR IGNORE INTO datasets (experiment_id, name, digest, dataset_uuid,"
                    " dataset_source_type, dataset_source) VALUES (?, ?, ?, ?, 'local', ?)",
                    (*key, uuid.uuid4().hex, each.source),
                )
                row = (uuid.uuid4().hex, run, *key)
                store.execute(
                    "INSERT OR IGNORE INTO inputs"
                    " (input_uuid, source_type, source_id, destination_type, destination_id)"
                    " SELECT ?, 'DATASET', dataset_uuid, 'RUN', ? FROM datasets"
                    " WHERE experiment_id = ? AND name = ? AND digest = ?",
                    row,
                )
                store.execute("INSERT INTO input_tags VALUES (?, ?, ?)", (row[0], CONTEXT_TAG, each.context))

    def end(self, run: str, status: str) -> None:
        """Close a run, whatever status the step's own MLflow gave it."""
        with self._store() as store:
            store.execute(
                "UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?", (status, _now(), run)
            )

    def copy(self, source: str, target: str) -> None:
        """Give ``target`` the metrics, params and artifacts of another: one reused, or a sweep's best."""
        tables = {
            "metrics": "key, value, timestamp, step, is_nan",
            "latest_metrics": "key, value, timestamp, step, is_nan",
            "params": "key, value",
        }
        with self._store() as store:
            for table, columns in tables.items():
                store.execute(
                    f"INSERT OR IGNORE INTO {table} ({columns}, run_uuid)"
                    f" SELECT {columns}, ? FROM {table} WHERE run_uuid = ?",
                    (target, source),
                )
            store.execute(
                "UPDATE runs SET artifact_uri = (SELECT artifact_uri FROM runs WHERE run_uuid = ?)"
                " WHERE run_uuid = ?",
                (source, target),
            )

    def has(self, run: str) -> bool:
        """Tell whether a run is there and has not been deleted."""
        query = "SELECT 1 FROM runs WHERE run_uuid = ? AND lifecycle_stage = 'active'"
        with self._store() as store:
            return store.execute(query, (run,)).fetchone() is not None

    def metrics(self, run: str) -> dict[str, float]:
        """Return the last value of each metric of a run."""
        with self._store() as store:
            query = "SELECT key, value FROM latest_metrics WHERE run_uuid = ? AND NOT is_nan ORDER BY key"
            return dict(store.execute(query, (run,)).fetchall())

    def params(self, run: str) -> dict[str, str]:
        """Return the params of a run."""
        with self._store() as store:
            query = "SELECT key, value FROM params WHERE run_uuid = ? ORDER BY key"
            return dict(store.execute(query, (run,)).fetchall())

    def metric_history(self, run: str, name: str) -> list[float]:
        """Return every value that a run logged for one metric."""
        with self._store() as store:
            query = "SELECT value FROM metrics WHERE run_uuid = ? AND key = ? AND NOT is_nan"
            return [value for (value,) in store.execute(query, (run, name))]

    def models(self, run: str) -> list[tuple[str, int]]:
        """Return (name, version) of the models that a run, or the one it was reused from, registered."""
        query = (
            "SELECT name, version FROM model_versions WHERE run_id = ? OR run_id ="
            " (SELECT value FROM tags WHERE run_uuid = ? AND key = ?) ORDER BY name, version"
        )
        with self._store() as store:
            return store.execute(query, (run, run, REUSED_TAG)).fetchall()

    def note(self, run: str) -> str:
        """Return what a step, or the one it was reused from, says of itself: its run's description."""
        query = (
            "SELECT value FROM tags WHERE key = ? AND (run_uuid = ? OR run_uuid ="
            " (SELECT value FROM tags WHERE run_uuid = ? AND key = ?))"
        )
        with self._store() as store:
            found = store.execute(query, (NOTE_TAG, run, run, REUSED_TAG)).fetchone()
        return found[0] if found else ""

    def register(self, name: str, version: str, files: Path, run: str, description: str) -> None:
        """Add a model version to the registry, in place of one of the same number."""
        now = _now()
        with self._store() as store:
            store.execute(
                "INSERT OR IGNORE INTO registered_models (name, creation_time, last_updated_time)"
                " VALUES (?, ?, ?)",
                (name, now, now),
            )
            store.execute(
                "INSERT OR REPLACE INTO model_versions (name, version, creation_time, last_updated_time,"
                " current_stage, source, storage_location, run_id, description, status)"
                " VALUES (?, ?, ?, ?, 'None', ?, ?, ?, ?, 'READY')",
                (name, int(version), now, now, files.as_uri(), files.as_uri(), run, description),
            )

    def models_by_path(self) -> list[tuple[str, int, Path]]:
        """Return (name, version, path) of the model versions that were registered by a path."""
        with self._store() as store:
            found = store.execute("SELECT name, version, source FROM model_versions").fetchall()
        located = ((name, version, local_path(source)) for name, version, source in found)
        return [(name, version, path) for name, version, path in located if path]

    def move_model(self, name: str, version: int, files: Path, run: str) -> None:
        """Note where the files of a model version are now, and which run registered it."""
        with self._store() as store:
            store.execute(
                "UPDATE model_versions SET source = ?, storage_location = ?,"
                " run_id = coalesce(nullif(run_id, ''), ?) WHERE name = ? AND version = ?",
                (files.as_uri(), files.as_uri(), run, name, version),
            )

    def running(self) -> list[tuple[str, str]]:
        """Return (run, folder) of every run of this runner that is not closed."""
        with self._store() as store:
            query = (
                "SELECT runs.run_uuid, tags.value FROM runs JOIN tags USING (run_uuid)"
                " WHERE runs.status = 'RUNNING' AND tags.key = ?"
            )
            return store.execute(query, (FOLDER_TAG,)).fetchall()

    def artifacts(self, experiment: str, run: str) -> Path:
        """Return the folder of a run's own artifacts."""
        return self.folder / experiment / run / "artifacts"


def local_path(source: str) -> Path | None:
    """Return the path that a model's address leads to on this machine; None for another address."""
    scheme, separator, rest = source.partition("://")
    if not separator:
        return Path(source) if Path(source).is_absolute() else None
    return Path(url2pathname(rest)) if scheme == "file" else None


def numbered(values: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float, int]]:
    """Yield each (name, value) with the number of values of that name before it."""
    seen: Counter[str] = Counter()
    for name, value in values:
        yield name, value, seen[name]
        seen[name] += 1


def _insert(store: sqlite3.Connection, table: str, run: str, values: Mapping[str, str]) -> None:
    rows = [(key, str(value)[:8000], run) for key, value in values.items()]
    store.executemany(f"INSERT OR REPLACE INTO {table} (key, value, run_uuid) VALUES (?, ?, ?)", rows)


def mlflow_version() -> str:
    """Return the version of the runner's own MLflow; raise TrackingError where there is none."""
    try:
        return metadata.version("mlflow")
    except metadata.PackageNotFoundError as error:
        raise TrackingError("MLflow is not installed beside this runner: pip install 'azml[run]'") from error


def _now() -> int:
    """Return the time in milliseconds, as MLflow stores it."""
    return time.time_ns() // 1_000_000
