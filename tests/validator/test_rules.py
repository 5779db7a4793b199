"""Rule files, their documentation, the case folders and the README's table hold to each other."""

import re
import sys

import pytest
from azml.core.finding import ERROR, WARNING
from azml.validator import rules
from layout import CASES, ROOT

sys.path.insert(0, str(ROOT / "scripts" / "dev"))

import rule_table

EXPECTED = [line for path in CASES.glob("*/expected.txt") for line in path.read_text().splitlines()]


def test_rules_are_documented():
    for module in rules.MODULES:
        parts = [re.split(r"[ :(]", part)[0] for part in module.__doc__.split("\n\n")]
        assert [parts[1], *parts[-2:]] == ["Bad", "Fix", "Source"], module.__name__


def test_a_rule_is_named_for_its_file():
    assert [rule.id.replace("-", "_") for rule in rules.RULES] == [
        module.__name__.rpartition(".")[2] for module in rules.MODULES
    ]


def test_every_check_has_a_subject():
    """A misnamed ``check_...`` would never be called."""
    named = {name for module in rules.MODULES for name in vars(module) if name.startswith("check")}
    assert named <= set(rules.SUBJECTS)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.id)
def test_a_rule_has_cases_of_its_severity(rule):
    found = {re.split(r":? ", line)[1] for line in EXPECTED if line.endswith(f"[{rule.id}]")}
    assert rule.severity == (ERROR if ERROR in found else WARNING)
    assert found


def test_readme_has_the_table():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert rule_table.with_table(text) == text, "run: make docs"
