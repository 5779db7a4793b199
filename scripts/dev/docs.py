"""Write what the documentation takes from the code: `make docs`.

The README's drawing of pipeline.yml and its table of rules, and the rules' page from their docstrings.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from azml.core.graph import mermaid
from azml.core.linker import Linker
from azml.core.project import Project
from azml.validator.explain import group_table, page

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGE = ROOT / "scripts" / "azml" / "validator" / "rules" / "README.md"
START, END = "<!-- rules -->", "<!-- /rules -->"


def with_table(text: str) -> str:
    """Return the README's text with the table between its markers brought up to date."""
    before, rest = text.split(START, 1)
    return f"{before}{START}\n{group_table()}\n{END}{rest.split(END, 1)[1]}"


def with_graph(text: str) -> str:
    """Return the README's text with the drawing of pipeline.yml as it is."""
    pipeline = Linker(Project(ROOT)).link(ROOT / "pipeline.yml")
    if pipeline is None:
        return text
    return re.sub(
        r"```mermaid\n.*?```", lambda _: f"```mermaid\n{mermaid(pipeline)}```", text, flags=re.DOTALL
    )


if __name__ == "__main__":
    README.write_text(with_graph(with_table(README.read_text(encoding="utf-8"))), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
