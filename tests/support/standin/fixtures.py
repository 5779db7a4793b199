"""Fixtures of the tests that talk to the stand-ins."""

from pathlib import Path

import pytest
from layout import ROOT

from standin.azure import Azure
from standin.storage import install


@pytest.fixture(scope="session")
def azurite() -> Path:
    return install(ROOT / ".local" / "azurite")


@pytest.fixture(scope="module")
def azure(azurite, tmp_path_factory):
    with Azure(azurite, tmp_path_factory.mktemp("azure")) as azure:
        yield azure
