"""What azml knows of itself: its version, and where each rule is explained."""

from functools import cache
from pathlib import Path

_PAGE = Path(__file__).parent / "rules" / "README.md"


@cache
def version() -> str:
    """Return the installed version; ``0`` where azml runs from a checkout and is not installed."""
    from importlib import metadata  # slow, and rarely needed

    try:
        return metadata.version("azml")
    except metadata.PackageNotFoundError:
        return "0"


def help_address(rule: str) -> str:
    """Return the address of a rule's explanation: on the project's site, else in the installed page."""
    return f"{_page_address()}#{rule}"


@cache
def _page_address() -> str:
    """Return the address that a release calls Rules (``[project.urls]``), or that of the installed file."""
    from importlib import metadata

    try:
        addresses = metadata.metadata("azml").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        addresses = []
    found = (each.partition(", ")[2] for each in addresses if each.startswith("Rules, "))
    return next(found, _PAGE.as_uri())
