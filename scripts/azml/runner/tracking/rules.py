"""What the local MLflow store does as Azure ML's server does, and as no store of MLflow's own would.

The rules are triggers of the database: every client meets them, whatever its version, and they cost nothing.

- Artifacts of any experiment go below ``.local/mlartifacts``. MLflow itself would put those of an experiment
  that a script opens into ``./mlruns`` of the step's code or ``./mlartifacts`` of the user's folder.
- Azure ML's server has no logged models and no traces (MLflow 3): it answers 404
  (https://github.com/Azure/azure-sdk-for-python/issues/44896). A step that borrows this machine's MLflow may
  log models: its own environment, which is not known here, may have MLflow 2.
- It takes 200 parameters a run (https://github.com/Azure/azure-sdk-for-python/issues/35685).
"""

import sqlite3
from pathlib import Path

from .tags import BORROWED_TAG, PARENT_TAG

MOST_PARAMS = 200
_ABSENT = "Azure ML has no {what}: its MLflow server answers 404 to {path}; {advice}"
LOGGED_MODELS = _ABSENT.format(
    what="logged models (MLflow 3)",
    path="/api/2.0/mlflow/logged-models",
    advice="pin mlflow<3, or use save_model and log_artifacts",
)
_TRACES = _ABSENT.format(what="traces", path="/api/3.0/mlflow/traces", advice="do without them there")
_PARAMS = f"Azure ML takes {MOST_PARAMS} parameters a run: FieldName=Parameters, Limit={MOST_PARAMS}"


def apply_rules(store: sqlite3.Connection, artifacts: Path) -> None:
    """Make the store's triggers what they are to be; ``artifacts`` is the folder of all experiments."""
    tables = {name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    wanted = {name: text for name, (table, text) in _triggers(artifacts).items() if table in tables}
    present = _present(store)
    if present != wanted:
        drop_rules(store)
        for text in wanted.values():
            store.execute(text)


def drop_rules(store: sqlite3.Connection) -> None:
    """Remove the triggers: MLflow migrates tables as it knows them."""
    for name in _present(store):
        store.execute(f"DROP TRIGGER {name}")


def _present(store: sqlite3.Connection) -> dict[str, str]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'azml%'"
    return dict(store.execute(query).fetchall())


def _triggers(artifacts: Path) -> dict[str, tuple[str, str]]:
    """Return (table, SQL) of each trigger by its name."""
    place = f"{_quoted(artifacts.as_uri() + '/')} || NEW.experiment_id"
    move = f"UPDATE experiments SET artifact_location = {place} WHERE experiment_id = NEW.experiment_id"
    is_full = f"(SELECT count(*) FROM params WHERE run_uuid = NEW.run_uuid) >= {MOST_PARAMS}"
    is_new = "NOT EXISTS (SELECT 1 FROM params WHERE run_uuid = NEW.run_uuid AND key = NEW.key)"
    parent = f"SELECT value FROM tags WHERE run_uuid = NEW.source_run_id AND key = '{PARENT_TAG}'"
    is_borrowed = (
        f"EXISTS (SELECT 1 FROM tags WHERE key = '{BORROWED_TAG}' "
        f"AND (run_uuid = NEW.source_run_id OR run_uuid = ({parent})))"
    )
    events = {
        "azml_opened": ("experiments", "AFTER INSERT ON experiments", move),
        "azml_moved": ("experiments", "AFTER UPDATE OF artifact_location ON experiments", move),
        "azml_models": (
            "logged_models",
            f"BEFORE INSERT ON logged_models WHEN NOT {is_borrowed}",
            _refusal(LOGGED_MODELS),
        ),
        "azml_traces": ("trace_info", "BEFORE INSERT ON trace_info", _refusal(_TRACES)),
        "azml_params": (
            "params",
            f"BEFORE INSERT ON params WHEN {is_full} AND {is_new}",
            _refusal(_PARAMS),
        ),
    }
    return {
        name: (table, f"CREATE TRIGGER {name} {event} BEGIN {action}; END")
        for name, (table, event, action) in events.items()
    }


def _refusal(message: str) -> str:
    return f"SELECT RAISE(ABORT, {_quoted(message)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
