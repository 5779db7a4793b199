"""Runs of the shipped pipeline on the sample, once for all the tests that look at what they leave."""

from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import Checkout, Done
from filelock import FileLock
from pipeline_steps import PIPELINE, SAMPLE, SCHEMA

INPUTS = {
    "credit_data.path": SAMPLE,
    "schema.path": SCHEMA,
    "max_iter": 20,
    "max_group_gap": 1,
    "registered_model_name": "m",
}


@pytest.fixture(scope="session")
def runs(new_checkout: Callable[..., Checkout], shared_folder: Path) -> tuple[Checkout, list[Done]]:
    """Return a checkout and the two runs in it: the same command, given twice."""
    folder = shared_folder / "pipeline"
    changes = ["--set", *(f"inputs.{name}={value}" for name, value in INPUTS.items())]
    with FileLock(f"{folder}.lock"):
        checkout = Checkout(folder) if folder.exists() else new_checkout(folder)
        for name in ("first.txt", "again.txt"):
            if not (folder / name).exists():
                checkout.write(name, checkout.run(str(PIPELINE), *changes).out)
    return checkout, [checkout.done((folder / name).read_text()) for name in ("first.txt", "again.txt")]


@pytest.fixture(scope="session")
def finished(runs: tuple[Checkout, list[Done]]) -> tuple[Checkout, Done]:
    """Return the checkout and its first run."""
    return runs[0], runs[1][0]
