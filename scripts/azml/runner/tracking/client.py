"""The MLflow store through MLflow's own client: slower to start, for stores of any revision."""

import math
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow import MlflowClient, entities
from mlflow.entities import DatasetInput, InputTag, Metric, Run, RunTag, ViewType
from mlflow.exceptions import MlflowException

from .rules import MOST_PARAMS
from .store import Dataset, Tracking, TrackingError, numbered
from .tags import CONTEXT_TAG, FOLDER_TAG, NOTE_TAG, REUSED_TAG, opening_tags

MOST_METRICS = 1000  # that one request may have


class ClientTracking(Tracking):
    """The same as ``Tracking``, through the client."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.client = MlflowClient(self.uri)

    def experiment(self, name: str) -> str:
        """Return the id of the experiment with this name, created or restored where it is missing."""
        with _errors():
            found = self.client.get_experiment_by_name(name)
            if found is None:
                return self._new_experiment(name)
            if found.lifecycle_stage != "active":
                self.client.restore_experiment(found.experiment_id)
            return found.experiment_id

    def _new_experiment(self, name: str) -> str:
        tags = {"mlflow.experimentKind": "custom_model_development"}
        return self.client.create_experiment(name, tags=tags)

    def _experiments(self) -> list:
        return list(self.client.search_experiments(ViewType.ALL))

    def start(
        self,
        experiment: str,
        name: str,
        tags: Mapping[str, str],
        params: Mapping[str, str],
        parent: str | None = None,
    ) -> str:
        """Open a run and return its id."""
        with _errors():
            run = self.client.create_run(experiment, tags=opening_tags(name, tags, parent), run_name=name)
        self.add_params(run.info.run_id, params)
        return run.info.run_id

    def tag(self, run: str, tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        with _errors():
            self.client.log_batch(run, tags=[RunTag(key, str(value)) for key, value in tags.items()])

    def add_params(self, run: str, params: Mapping[str, str]) -> None:
        """Add the params that the step has not logged itself, as far as there is room for them."""
        with _errors():
            logged = self.client.get_run(run).data.params
            for key in list(params.keys() - logged.keys())[: MOST_PARAMS - len(logged)]:
                self.client.log_param(run, key, params[key])

    def annotate(self, run: str, name: str, tags: Mapping[str, str], metrics: Mapping[str, float]) -> None:
        """Give a run another name, more tags and metrics."""
        with _errors():
            self.client.update_run(run, name=name)
        self.add_metrics(run, metrics.items())
        self.tag(run, tags)

    def add_metrics(self, run: str, values: Iterable[tuple[str, float]]) -> None:
        """Add metrics to a run; the values of one name are its steps."""
        now = time.time_ns() // 1_000_000
        found = [Metric(key, value, now, step) for key, value, step in numbered(values)]
        with _errors():
            for start in range(0, len(found), MOST_METRICS):
                self.client.log_batch(run, found[start : start + MOST_METRICS])

    def add_datasets(self, experiment: str, run: str, datasets: Iterable[Dataset]) -> None:
        """Tell what data a run took."""
        inputs = [
            DatasetInput(
                entities.Dataset(each.name, each.digest, "local", each.source),
                [InputTag(CONTEXT_TAG, each.context)],
            )
            for each in datasets
        ]
        with _errors():
            self.client.log_inputs(run, inputs)

    def end(self, run: str, status: str) -> None:
        """Close a run, whatever status the step's own MLflow gave it."""
        with _errors():
            self.client.set_terminated(run, status)

    def copy(self, source: str, target: str) -> None:
        """Give ``target`` the metrics, params and artifacts of another run."""
        with _errors():
            given = self.client.get_run(source)
            self.add_params(target, given.data.params)
            histories = (self.client.get_metric_history(source, key) for key in given.data.metrics)
            metrics = [
                Metric(each.key, each.value, each.timestamp, each.step) for one in histories for each in one
            ]
            self.client.log_batch(target, metrics=metrics)
            if (files := _artifacts(given)).is_dir():
                shutil.copytree(files, _artifacts(self.client.get_run(target)), dirs_exist_ok=True)

    def has(self, run: str) -> bool:
        """Tell whether a run exists and has not been deleted."""
        try:
            return self.client.get_run(run).info.lifecycle_stage == "active"
        except MlflowException:
            return False

    def metrics(self, run: str) -> dict[str, float]:
        """Return the last value of each metric of a run."""
        with _errors():
            found = sorted(self.client.get_run(run).data.metrics.items())
        return {key: value for key, value in found if not math.isnan(value)}

    def params(self, run: str) -> dict[str, str]:
        """Return the params of a run."""
        with _errors():
            return dict(sorted(self.client.get_run(run).data.params.items()))

    def metric_history(self, run: str, name: str) -> list[float]:
        """Return every value that a run logged for one metric."""
        with _errors():
            values = [each.value for each in self.client.get_metric_history(run, name)]
        return [value for value in values if not math.isnan(value)]

    def models(self, run: str) -> list[tuple[str, int]]:
        """Return (name, version) of the models that a run, or the one it was reused from, registered."""
        with _errors():
            source = self.client.get_run(run).data.tags.get(REUSED_TAG)
            runs = [run, *([source] if source else [])]
            found = [each for one in runs for each in self.client.search_model_versions(f"run_id='{one}'")]
        return sorted((each.name, int(each.version)) for each in found)

    def note(self, run: str) -> str:
        """Return what a step, or the one it was reused from, says of itself: its run's description."""
        with _errors():
            tags = self.client.get_run(run).data.tags
            if NOTE_TAG not in tags and REUSED_TAG in tags:
                tags = self.client.get_run(tags[REUSED_TAG]).data.tags
        return tags.get(NOTE_TAG, "")

    def register(self, name: str, version: str, files: Path, run: str, description: str) -> None:
        """Add a model version to the registry; the client gives it the next number, whatever ``version``."""
        with _errors():
            if not self.client.search_registered_models(f"name = '{name}'"):
                self.client.create_registered_model(name)
            self.client.create_model_version(name, files.as_uri(), run, description=description)

    def models_by_path(self) -> list[tuple[str, int, Path]]:
        """Return none: no client can change where the files of a model version are."""
        return []

    def move_model(self, name: str, version: int, files: Path, run: str) -> None:
        """Do nothing: see ``models_by_path``."""

    def running(self) -> list[tuple[str, str]]:
        """Return (run, folder) of every run of this runner that is not closed."""
        with _errors():
            experiments = [each.experiment_id for each in self._experiments()]
            found = self.client.search_runs(experiments, "attributes.status = 'RUNNING'", ViewType.ALL)
        tagged = [(run.info.run_id, run.data.tags.get(FOLDER_TAG)) for run in found]
        return [(run, folder) for run, folder in tagged if folder]

    def artifacts(self, experiment: str, run: str) -> Path:
        """Return the folder of a run's own artifacts."""
        with _errors():
            return _artifacts(self.client.get_run(run))


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except MlflowException as error:
        raise TrackingError(str(error)) from error


def _artifacts(run: Run) -> Path:
    return Path(url2pathname(urlsplit(run.info.artifact_uri).path))
