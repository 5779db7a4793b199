"""Specs changed at random in their structure: the command reads each of them, and has no bug to tell of."""

import random
from pathlib import Path

import fuzz
import pytest
from azml.cli import main

ORIGINALS = fuzz.originals()


@pytest.mark.parametrize("seed", range(20))
def test_no_structure_of_a_spec_is_a_bug(seed: int, tmp_path: Path, capfd, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    fuzz.project(random.Random(seed), tmp_path, ORIGINALS, size=12)
    assert main(["validate", "."]) in (0, 1)
    assert capfd.readouterr().err == ""
