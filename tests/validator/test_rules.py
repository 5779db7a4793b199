"""Rule files, their documentation, the case folders and the README's table hold to each other."""

import re
import sys

import pytest
import yaml
from azml.cli import main
from azml.core.finding import ERROR, WARNING
from azml.validator import rules
from azml.validator.groups import GROUPS
from layout import CASES, ROOT

sys.path.insert(0, str(ROOT / "scripts" / "dev"))

import docs

EXPECTED = [line for path in CASES.glob("*/expected.txt") for line in path.read_text().splitlines()]


def test_rules_are_documented():
    for module in rules.MODULES:
        parts = [re.split(r"[ :(]", part)[0] for part in module.__doc__.split("\n\n")]
        assert [parts[1], *parts[-2:]] == ["Bad", "Fix", "Source"], module.__name__


@pytest.mark.parametrize("rule", sorted(set(rules.BY_ID) - {"configuration", "yaml-syntax"}))
def test_a_bad_example_is_yaml(rule):
    (example,) = re.findall("```yaml\n(.*?)```", rules.BY_ID[rule].markdown, re.DOTALL)
    assert isinstance(yaml.compose(example), yaml.CollectionNode)


def test_a_rule_is_named_for_its_file():
    assert [rule.id.replace("-", "_") for rule in rules.RULES] == [
        module.__name__.rpartition(".")[2] for module in rules.MODULES
    ]


def test_every_check_has_a_subject():
    """A misnamed ``check_...`` would never be called."""
    named = {name for module in rules.MODULES for name in vars(module) if name.startswith("check")}
    assert named <= set(rules.SUBJECTS)


OFFLINE = [rule for rule in rules.RULES if not rule.needs_index]  # the others: test_environments.py


@pytest.mark.parametrize("rule", OFFLINE, ids=lambda rule: rule.id)
def test_a_rule_has_cases_of_its_severity(rule):
    found = {re.split(r":? ", line)[1] for line in EXPECTED if line.endswith(f"[{rule.id}]")}
    assert rule.severity == (ERROR if ERROR in found else WARNING)
    assert found


def test_every_rule_is_in_one_group():
    assert sorted(rule for group in GROUPS.values() for rule in group) == sorted(rules.BY_ID)


def test_pages_are_up_to_date():
    text = docs.README.read_text(encoding="utf-8")
    assert docs.with_table(text) == text, "run: make docs"
    assert docs.PAGE.read_text(encoding="utf-8") == docs.page(), "run: make docs"


@pytest.mark.parametrize("rule", rules.BY_ID)
def test_explain(rule, capsys):
    assert main(["explain", rule]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{rule}: ")
    for word in ("Bad", "Fix:", "Source:", f"azml: ignore[{rule}]"):
        assert word in out


def test_explain_suggests_the_nearest_rule(capsys):
    assert main(["explain", "unknow-key"]) == 2
    assert capsys.readouterr().err == "azml: there is no rule 'unknow-key'; did you mean 'unknown-key'?\n"


def test_rules_are_listed(capsys):
    assert main(["rules"]) == 0
    assert set(rules.BY_ID) <= set(capsys.readouterr().out.split())
