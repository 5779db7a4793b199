"""What is said of text that is not YAML: the line and the column of the mistake, and what was meant."""

import pytest
from azml.core.compose import compose

SPEC = """type: pipeline
inputs:
  rate: 0.1
  seed: 42
jobs:
  a:
    type: command
    command: echo 1
"""

# What is put in place of a text, and where the mistake is then and words of what is said.
MISTAKES = {
    "a merge conflict": (
        "  rate: 0.1\n",
        "<<<<<<< HEAD\n  rate: 1\n=======\n>>>>>>> x\n",
        "3:1",
        "merge conflict",
    ),
    "no space after a colon": ("seed: 42", "seed:42", "4:7", "a space is missing"),
    "no space in the last line": ("command: echo 1", "command:echo 1", "8:12", "a space is missing"),
    "a no-break space": ("  seed", " \u00a0seed", "4:2", "U+00A0"),
    "an apostrophe": ("echo 1", "'don't do'", "8:18", "write '' for an apostrophe"),
    "a curly quote": ("echo 1", "“echo: x”", "8:14", "typographic quote"),
    "a lost indent": ("    command", "   command", "8:4", "indentation"),
    "too much indent": ("  seed", "   seed", "4:8", "check the indentation"),
    "a tab": ("  seed", "\tseed", "4:1", "a tab indents this line"),
    "an unclosed quote": ("echo 1", '"echo 1', "8:14", "never closed"),
    "an unclosed bracket": ("42", "[1, 2", "4:9", "never closed"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_where_it_is(name):
    find, put, place, words = MISTAKES[name]
    _, findings = compose(SPEC.replace(find, put), "spec.yml")
    assert [str(each).startswith(f"spec.yml:{place}:") and words in each.message for each in findings] == [
        True
    ]


def test_a_key_given_twice_with_one_value_is_a_warning():
    _, findings = compose("a: 1\nb: 2\na: 1\nb: 3\n", "spec.yml")
    assert [(each.line, each.severity) for each in findings] == [(3, "warning"), (4, "error")]
