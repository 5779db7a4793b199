"""Rule files, their documentation, the case folders and the README's table hold to each other."""

import re
import sys

import pytest
from azml.validator import rules
from layout import CASES, ROOT

sys.path.insert(0, str(ROOT / "scripts" / "dev"))

import rule_table


@pytest.mark.parametrize("rule", rules.RULES, ids=rules.IDS)
def test_rule_is_documented(rule):
    parts = [re.split(r"[ :(]", part)[0] for part in rule.__doc__.split("\n\n")]
    assert parts[1:2] == ["Bad"]
    assert parts[-2:] == ["Fix", "Source"]


@pytest.mark.parametrize("rule", rules.IDS)
def test_rule_has_a_case(rule):
    expectations = CASES.glob("*/expected.txt")
    assert any(f"[{rule}]" in path.read_text(encoding="utf-8") for path in expectations)


def test_readme_has_the_table():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert rule_table.with_table(text) == text, "run: make docs"
