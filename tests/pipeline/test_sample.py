"""The synthetic sample in data/ is what its script makes, and looks like the real data."""

import runpy

import pandas as pd
import pytest
from layout import ROOT

SAMPLE = ROOT / "data" / "credit_card_synthetic.csv"
TARGET = "default payment next month"


def test_the_script_makes_the_sample_again_byte_for_byte(tmp_path):
    runpy.run_path(str(ROOT / "scripts" / "dev" / "make_sample.py"))["write"](tmp_path / "sample.csv")
    assert (tmp_path / "sample.csv").read_bytes() == SAMPLE.read_bytes()


def test_the_sample_is_small_and_has_the_published_shares():
    sample = pd.read_csv(SAMPLE, header=1, index_col="ID")
    assert SAMPLE.stat().st_size < 250_000
    assert sample.shape == (2500, 24)
    assert (sample.dtypes == "int64").all()
    assert sample[TARGET].mean() == pytest.approx(0.2212)
    assert (sample["SEX"] == 2).mean() == pytest.approx(0.604, abs=0.03)
    assert (sample["PAY_0"] > 0).mean() == pytest.approx(0.227, abs=0.03)
    assert sample["LIMIT_BAL"].median() == pytest.approx(140_000, abs=20_000)
    assert sample["AGE"].between(21, 79).all()
