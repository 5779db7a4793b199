"""Write the README's table of rules from the rules' docstrings: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from azml.validator.rules import RULES

README = Path(__file__).parents[2] / "README.md"
START, END = "<!-- rules -->", "<!-- /rules -->"


def table() -> str:
    """Return the rules as a Markdown table: id and what it finds."""
    rows = ["| `{}` | {} |".format(rule.id, rule.summary.replace("|", "\\|")) for rule in RULES]
    return "\n".join(["| Rule | Finds |", "| --- | --- |", *rows])


def with_table(text: str) -> str:
    """Return the README's text with the table between its markers brought up to date."""
    before, rest = text.split(START, 1)
    return f"{before}{START}\n{table()}\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
