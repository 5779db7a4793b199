"""Write the rules' page and the README's table of them from the rules' docstrings: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from azml.validator.explain import group_table, page

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGE = ROOT / "scripts" / "azml" / "validator" / "rules" / "README.md"
START, END = "<!-- rules -->", "<!-- /rules -->"


def with_table(text: str) -> str:
    """Return the README's text with the table between its markers brought up to date."""
    before, rest = text.split(START, 1)
    return f"{before}{START}\n{group_table()}\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
