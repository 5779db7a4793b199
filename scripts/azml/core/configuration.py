"""Where a repository says what it asks of azml: ``azml.toml``, or ``[tool.azml]`` in ``pyproject.toml``.

The nearest such file counts, from a folder up to the root of its repository; in one folder ``azml.toml``
wins. What the validator reads there is in ``validator.configuration``, what the runner reads in
``runner_settings``.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from .paths import exists, read_text
from .values import mapping

NAMES = ("azml.toml", "pyproject.toml")
RUNNER_KEYS = ("headline-metric", "local", "pass-env")
TABLE = re.compile(r"^\s*\[\s*tool\s*\.\s*azml\b", re.MULTILINE)


def configuration_file(folder: Path) -> Path | None:
    """Return the file that counts for a folder, or None."""
    for above in _up_to_the_root(folder):
        for path in (above / name for name in NAMES):
            text = read_text(path)
            if text and (path.name == NAMES[0] or TABLE.search(text)):
                return path
    return None


def runner_settings(folder: Path) -> dict:
    """Return what the configuration file of a folder says to the runner, by key; raise ValueError."""
    path = configuration_file(folder)
    if path is None:
        return {}
    import tomllib  # few have such a file

    try:
        content = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: this is not TOML: {error}") from error
    table = content if path.name == NAMES[0] else mapping(mapping(content.get("tool")).get("azml"))
    return {key: table[key] for key in RUNNER_KEYS if key in table}


def _up_to_the_root(folder: Path) -> Iterator[Path]:
    absolute = Path(os.path.abspath(folder))
    for above in (absolute, *absolute.parents):
        yield above
        if exists(above / ".git"):
            return
