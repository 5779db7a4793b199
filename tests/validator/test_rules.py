"""Rule files, their documentation, the case folders and the README's table hold to each other."""

import re
import sys
from pathlib import Path

import pytest
from azml.validator import rules
from layout import CASES, ROOT

sys.path.insert(0, str(ROOT / "scripts" / "dev"))

import rule_table

RULE_FILES = sorted(path for path in Path(rules.__file__).parent.glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("rule", rules.RULES, ids=rules.IDS)
def test_rule_is_documented(rule):
    parts = [re.split(r"[ :(]", part)[0] for part in rule.__doc__.split("\n\n")]
    assert parts[1:2] == ["Bad"]
    assert parts[-2:] == ["Fix", "Source"]


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_rule_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("rule", rules.IDS)
def test_rule_has_a_case(rule):
    expectations = CASES.glob("*/expected.txt")
    assert any(f"[{rule}]" in path.read_text(encoding="utf-8") for path in expectations)


def test_readme_has_the_table():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert rule_table.with_table(text) == text, "run: make docs"
