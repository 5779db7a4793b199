"""The generated schemas, read once (see ``scripts/dev/make_schemas.py``)."""

import json
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def index() -> dict[str, dict]:
    """Return where the schema of each kind of spec is, and the keys that only the service sets."""
    return json.loads((_FOLDER / "index.json").read_text(encoding="utf-8"))


@cache
def bundle() -> dict:
    """Return the schemas of all kinds, as one."""
    return json.loads((_FOLDER / "azureml.schema.json").read_text(encoding="utf-8"))
