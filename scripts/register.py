"""Register this repository's environment, data and components in a workspace: ``make register``.

Looks at everything before it changes anything: creates what is missing, leaves what is identical, and stops
where a name and version exists with other content. Azure ML does not show a component's code or a data
asset's bytes, so identity is decided by a digest of all that registering sends, kept as the tag ``content``.

``--references`` prints the changes to pipeline.yml that run it from the registered assets, one a line.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from az_ml import Stop, ask, find
from azml.core.document import Document
from azml.core.linker import Linker
from azml.core.paths import files_below
from azml.core.project import Project
from azml.core.snapshot import SnapshotError, read_snapshot
from azml.core.values import mapping

# In the order of registration: a component names its environment.
SPECS = {"environment": "environment/*.yml", "data": "data/*.yml", "component": "components/*/*.yml"}


@dataclass(frozen=True)
class Asset:
    """A spec with a name and a version, the changes (KEY=VALUE) it is registered with, and its digest."""

    kind: str
    document: Document
    changes: tuple[str, ...]
    content: str

    @property
    def path(self) -> Path:
        return self.document.path

    @property
    def reference(self) -> str:
        return f"azureml:{self.document.data['name']}:{self.document.data['version']}"


def read_assets(project: Project) -> list[Asset]:
    """Return the assets to register; a component with a local environment gets the registered one."""
    assets: list[Asset] = []
    for kind, pattern in SPECS.items():
        for path in sorted(project.root.glob(pattern)):
            document = project.document(path)
            if {"name", "version"} <= set(mapping(document.data)):
                _check_name(document)
                known = _at(assets, path, document.data.get("environment"))
                changes = (f"environment={known.reference}",) if known else ()
                sent = sorted(_sent_files(project, kind, document))
                assets.append(Asset(kind, document, changes, _digest([document.data, changes], sent)))
    return assets


def _check_name(document: Document) -> None:
    """Raise Stop where a name or version cannot stand in a reference, ``azureml:<name>:<version>``."""
    for key in ("name", "version"):
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", str(document.data[key]), re.ASCII):
            reason = "only letters, digits, dots, hyphens and underscores are allowed"
            raise Stop(f"{document.path}: {key}: {document.data[key]}: {reason}")


def _at(assets: list[Asset], base: Path, text: object) -> Asset | None:
    """Return the asset whose spec, or whose data, is at the local path `text` of the file `base`."""
    target = (base.parent / str(text).removeprefix("file:")).resolve()
    for asset in assets:
        data = (
            asset.path.parent / str(asset.document.data.get("path")) if asset.kind == "data" else asset.path
        )
        if target in (asset.path.resolve(), data.resolve()):
            return asset
    return None


def _sent_files(project: Project, kind: str, document: Document) -> Iterator[tuple[str, Path]]:
    if kind == "component":
        component = Linker(project).link(document.path)
        for file in read_snapshot(component).files() if component else ():
            yield f"{file.archive}/{file.name}", file.source
        return
    data = document.data
    for text in (data.get("conda_file"), data.get("path"), mapping(data.get("build")).get("path")):
        path = document.path.parent / str(text).removeprefix("file:")
        if path.is_file():
            yield path.name, path
        elif path.is_dir():
            yield from files_below(path)


def _digest(facts: list, files: list[tuple[str, Path]]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
    for name, path in files:
        with path.open("rb") as stream:
            digest.update(name.encode() + b"\0" + hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


def registered_content(asset: Asset) -> str | None:
    """Return the digest that an asset was registered with: "" without one, None when it is not there."""
    name, version = asset.reference.split(":")[1:]
    query = ["--query", "tags.content", "--output", "tsv"]
    what = f"{asset.reference} could not be looked up"
    return find(what, asset.kind, "show", "--name", name, "--version", version, *query)


def missing(assets: list[Asset]) -> list[Asset]:
    """Return what is to be created; raise Stop when something exists with other content."""
    found = {asset.reference: registered_content(asset) for asset in assets}
    clashes = [
        f"{asset.path}: {asset.reference} exists "
        f"{'with other content' if found[asset.reference] else 'and was not registered by make register'}: "
        f"raise version: {asset.document.data['version']}"
        for asset in assets
        if found[asset.reference] not in (None, asset.content)
    ]
    if clashes:
        raise Stop("\n".join(clashes))
    return [asset for asset in assets if found[asset.reference] is None]


def create(asset: Asset) -> None:
    """Register one asset, with its digest as a tag."""
    changes = [*asset.changes, f"tags.content={asset.content}"]
    command = ["create", "--file", str(asset.path), "--set", *changes, "--output", "none"]
    ask(f"{asset.reference} could not be registered", asset.kind, *command)


def references(project: Project, assets: list[Asset]) -> Iterator[str]:
    """Yield the changes to pipeline.yml that put registered assets in place of local files."""
    pipeline = project.document(project.root / "pipeline.yml")
    data = mapping(pipeline.data)
    jobs = mapping(data.get("jobs")).items()
    places = {f"jobs.{name}.component": mapping(step).get("component") for name, step in jobs}
    for name, given in mapping(data.get("inputs")).items():
        places[f"inputs.{name}.path"] = mapping(given).get("path")
    for place, text in places.items():
        if asset := _at(assets, pipeline.path, text):
            yield f"{place}={asset.reference}"


def register(assets: list[Asset]) -> None:
    """Create what is missing and say what was done; raise Stop before anything is changed."""
    absent = missing(assets)
    for asset in assets:
        if asset in absent:
            create(asset)
        print(f"{asset.reference}: {'registered' if asset in absent else 'unchanged'}")


def main(argv: list[str]) -> int:
    """Run the command; exit code 1 when something stands in the way."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--references", action="store_true", help="print changes to pipeline.yml, register nothing"
    )
    options = parser.parse_args(argv)
    project = Project(Path())
    try:
        assets = read_assets(project)
        if options.references:
            for change in references(project, assets):
                print(change)
        else:
            register(assets)
    except (Stop, SnapshotError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
