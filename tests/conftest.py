"""Fixtures that several test modules share."""

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from azml.runner.tracking.store import Tracking
from checkout import Checkout
from filelock import FileLock

# Where Python may not keep what it compiles, each process that imports MLflow takes four seconds longer.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Tests that run under nohup or in the background would hand ignored signals on to what they start.
for each in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(each) is signal.SIG_IGN:
        signal.signal(each, signal.SIG_DFL)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return three workers for two cores: a third of the time tests wait for steps, servers and signals."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the workers of this session share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def mlflow_store(shared_folder: Path) -> Path:
    """Return an MLflow store without runs: making one takes five seconds, copying it none."""
    folder = shared_folder / "mlflow_store"
    with FileLock(shared_folder / "mlflow_store.lock"):
        if not folder.exists():
            folder.mkdir()
            (folder / "mlflow.db.part").write_text("what a runner left that was killed as it made one")
            Tracking(folder).prepare()
    return folder / "mlflow.db"


@pytest.fixture(scope="session")
def new_checkout(
    mlflow_store: Path, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Checkout]:
    """Return a function that makes a checkout in a folder (default: a new one).

    What the steps of one checkout compile is there for those of all: MLflow takes five seconds.
    """
    compiled = shared_folder / "pycache"
    compiled.mkdir(exist_ok=True)

    def make(folder: Path | None = None) -> Checkout:
        folder = folder or tmp_path_factory.mktemp("checkout")
        (folder / ".local").mkdir(parents=True)
        with suppress(OSError):  # Windows may not allow links
            (folder / ".local" / "pycache").symlink_to(compiled)
        shutil.copy(mlflow_store, folder / ".local")
        return Checkout(folder)

    return make


@pytest.fixture
def checkout(new_checkout: Callable[..., Checkout]) -> Checkout:
    """Return a checkout of its own for one test."""
    return new_checkout()
