"""Fixtures of the tests that talk to the stand-ins."""

from pathlib import Path

import pytest

from standin.azure import Azure
from standin.storage import install

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def azurite() -> Path:
    return install(ROOT / ".local" / "azurite")


@pytest.fixture(scope="module")
def azure(azurite, tmp_path_factory):
    with Azure(azurite, tmp_path_factory.mktemp("azure")) as azure:
        yield azure
