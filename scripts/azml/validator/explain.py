"""``azml rules`` and ``azml explain``, and the page that holds the same for the web: the rules in words."""

import sys

from .configuration import unknown_rule
from .groups import GROUPS
from .rules import BY_ID

_PAGE_HEAD = """\
# The rules of `azml validate`

This page is generated from the rules: `make docs`. `azml explain RULE` prints the same. A rule is switched
off for a line by the comment `# azml: ignore[rule]` there or above it, and for a repository by
`ignore = ["rule"]` under `[tool.azml]` in `pyproject.toml`.
"""


def list_rules() -> str:
    """Return the rules by group, a line each."""
    width = max(map(len, BY_ID))
    blocks = []
    for group, ids in GROUPS.items():
        lines = [f"  {each:{width}}  {BY_ID[each].summary.replace('``', '')}" for each in ids]
        blocks.append("\n".join([group, *lines]))
    return "\n\n".join(blocks)


def explain(rules: list[str]) -> int:
    """Print what the rules find, why and how to fix it; return the exit status."""
    if problem := next(filter(None, map(unknown_rule, rules)), None):
        print(f"azml: {problem}", file=sys.stderr)
        return 2
    print("\n".join(BY_ID[each].explanation for each in rules), end="")
    return 0


def page() -> str:
    """Return the documentation of all rules as a page of Markdown."""
    parts = [_PAGE_HEAD]
    for group, ids in GROUPS.items():
        parts.append(f"## {group}\n")
        parts += [_section(each) for each in ids]
    return "\n".join(parts)


def _section(rule: str) -> str:
    found = BY_ID[rule]
    return f"### {rule}\n\n{found.severity.capitalize()}, since azml {found.since}. {found.markdown}\n"


def group_table() -> str:
    """Return the groups as a table of Markdown."""
    rows = [f"| {group} | {', '.join(f'`{rule}`' for rule in ids)} |" for group, ids in GROUPS.items()]
    return "\n".join(["| About | Rules |", "| --- | --- |", *rows])
