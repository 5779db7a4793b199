"""One run of the shipped pipeline on the sample, for the tests that look at what it leaves."""

from collections.abc import Callable

import pytest
from checkout import Checkout, Done
from steps import PIPELINE, SAMPLE, SCHEMA


@pytest.fixture(scope="session")
def finished(new_checkout: Callable[..., Checkout]) -> tuple[Checkout, Done]:
    checkout = new_checkout()
    inputs = {"credit_data.path": SAMPLE, "schema.path": SCHEMA, "max_iter": 20, "max_group_gap": 1}
    inputs["registered_model_name"] = "m"
    changes = [f"inputs.{name}={value}" for name, value in inputs.items()]
    return checkout, checkout.run(str(PIPELINE), "--set", *changes)
