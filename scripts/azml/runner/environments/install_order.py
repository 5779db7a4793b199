"""Packages that overwrite each other's files, such as mlflow and mlflow-skinny: the last one counts.

pip installs a package after what it depends on, in layers from the bottom; those of a layer from Z to A
(get_installation_order in pip/_internal/resolution/resolvelib/resolver.py). uv installs all at once.
"""

from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


def overwriting(folder: Path, python: str) -> list[str]:
    """Return the packages of an environment with other contents for one file, pinned, in pip's order."""
    versions: dict[str, str] = {}
    needs: dict[str, set[str]] = {}
    contents: dict[str, dict[str, set[str]]] = {}
    for record in sorted(folder.rglob("site-packages/*.dist-info/RECORD")):
        metadata = HeaderParser().parsestr((record.parent / "METADATA").read_text("utf-8", errors="replace"))
        name = canonicalize_name(metadata["Name"])
        versions[name] = metadata["Version"]
        needs[name] = set(_needs(metadata.get_all("Requires-Dist", []), python))
        for line in record.read_text(encoding="utf-8").splitlines():
            path, _, content = line.partition(",")
            if path.endswith(".py"):
                contents.setdefault(path, {}).setdefault(content, set()).add(name)
    found = {name for each in contents.values() if len(each) > 1 for names in each.values() for name in names}
    return [f"{name}=={versions[name]}" for name in _in_order(needs) if name in found]


def _needs(lines: list[str], python: str) -> Iterator[str]:
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        where = {"python_version": python, "extra": ""}
        if requirement.marker is None or requirement.marker.evaluate(where):
            yield canonicalize_name(requirement.name)


def _in_order(needs: dict[str, set[str]]) -> Iterator[str]:
    left = dict(needs)
    while left:
        layer = [name for name, needed in left.items() if not (needed - {name}) & left.keys()]
        for name in sorted(layer or left, reverse=True):  # no layer: they depend on each other
            yield name
            del left[name]
