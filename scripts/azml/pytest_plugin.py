"""The pytest fixture ``azml_run``: pipelines in tests, run away from the project's own ``.local``."""

from collections.abc import Callable
from contextlib import chdir, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .api import RunResult


@pytest.fixture(scope="session")
def azml_home(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that this session's runs are kept in; it has the environments that are built."""
    home = tmp_path_factory.mktemp("azml")
    built = pytestconfig.rootpath / ".local" / "environments"
    (home / ".local").mkdir()
    with suppress(OSError):  # Windows may not allow links
        if built.exists():
            (home / ".local" / "environments").symlink_to(built)
    return home


@pytest.fixture
def azml_run(pytestconfig: pytest.Config, azml_home: Path) -> Callable[..., "RunResult"]:
    """Return ``azml.run`` for pipelines named from the root of the tests; it takes the same options."""

    def run(pipeline: str | Path, **options: object) -> "RunResult":
        import azml

        with chdir(azml_home):
            return azml.run(pytestconfig.rootpath / pipeline, **options)  # type: ignore[arg-type]

    return run
