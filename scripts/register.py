"""Register this repository's environment, data and components in a workspace: ``make register``.

Looks at everything before it changes anything: creates what is missing, leaves what is identical, and stops
where a name and version exists with other content. Azure ML does not show a component's code or a data
asset's bytes, so identity is decided by a digest of all that registering sends, kept as the tag ``content``.

``--references`` prints the changes to pipeline.yml that run it from the registered assets, one a line.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import yaml

# In the order of registration: a component names its environment.
SPECS = {"environment": "environment/*.yml", "data": "data/*.yml", "component": "components/*/*.yml"}
SCOPE = {
    "SUBSCRIPTION": "--subscription",
    "RESOURCE_GROUP": "--resource-group",
    "WORKSPACE": "--workspace-name",
}
NOT_FOUND = 3  # az's exit code: https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-tips


class Stop(Exception):
    """Something that the user must see to; nothing further is done."""


@dataclass(frozen=True)
class Asset:
    """A spec with a name and a version, and the changes (KEY=VALUE) it is registered with."""

    kind: str
    path: Path
    data: dict
    changes: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        return f"azureml:{self.data['name']}:{self.data['version']}"

    @property
    def content(self) -> str:
        """Digest of the spec and of every file that is sent with it."""
        digest = hashlib.sha256(json.dumps([self.data, self.changes], sort_keys=True, default=str).encode())
        for key in ("conda_file", "code", "path"):
            for name, file in sorted(_files(self.path.parent / str(self.data.get(key, "?")))):
                digest.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of each file that is sent for `path`, a file or a folder; none for an address."""
    if path.is_file():
        yield path.name, path
        return
    ignored = [".amlignore", *_lines(path / ".amlignore")]
    for file in path.rglob("*"):
        name = file.relative_to(path)
        if file.is_file() and not any(fnmatch(part, line) for part in name.parts for line in ignored):
            yield name.as_posix(), file


def _lines(path: Path) -> list[str]:
    text = path.read_text("utf-8") if path.is_file() else ""
    return [line.strip().strip("/") for line in text.splitlines() if line.strip() and line[0] != "#"]


def read_assets(root: Path) -> list[Asset]:
    """Return the assets to register; a component with a local environment gets the registered one."""
    assets: list[Asset] = []
    environments: dict[Path, str] = {}
    for kind, pattern in SPECS.items():
        for path in sorted(root.glob(pattern)):
            data = yaml.safe_load(path.read_text("utf-8"))
            if not {"name", "version"} <= set(data):
                continue
            local = str(data.get("environment")).removeprefix("file:")
            environment = environments.get((path.parent / local).resolve())
            changes = (f"environment={environment}",) if environment else ()
            assets.append(Asset(kind, path, data, changes))
            if kind == "environment":
                environments[path.resolve()] = assets[-1].reference
    return assets


def az(*arguments: str) -> subprocess.CompletedProcess:
    """Run `az ml …` in the workspace that the user chose; its own messages go to the user on failure."""
    scope = [
        word for name, flag in SCOPE.items() if os.environ.get(name) for word in (flag, os.environ[name])
    ]
    return subprocess.run(["az", "ml", *arguments, *scope], capture_output=True, text=True, check=False)


def registered_content(asset: Asset) -> str | None:
    """Return the digest that an asset was registered with: "" without one, None when it is not there."""
    name, version = str(asset.data["name"]), str(asset.data["version"])
    query = ["--query", "tags.content", "--output", "tsv"]
    done = az(asset.kind, "show", "--name", name, "--version", version, *query)
    if done.returncode == NOT_FOUND:
        return None
    if done.returncode:
        raise Stop(f"{asset.reference} could not be looked up: {done.stderr.strip()}")
    return done.stdout.strip()


def missing(assets: list[Asset]) -> list[Asset]:
    """Return what is to be created; raise Stop when something exists with other content."""
    found = {asset.reference: registered_content(asset) for asset in assets}
    clashes = [asset for asset in assets if found[asset.reference] not in (None, asset.content)]
    if clashes:
        raise Stop("\n".join(_clash(asset, found[asset.reference]) for asset in clashes))
    return [asset for asset in assets if found[asset.reference] is None]


def _clash(asset: Asset, known: str | None) -> str:
    reason = "with other content" if known else "and was not registered by make register"
    return f"{asset.path}: {asset.reference} exists {reason}: raise version: {asset.data['version']}"


def create(asset: Asset) -> None:
    """Register one asset, with its digest as a tag."""
    changes = [*asset.changes, f"tags.content={asset.content}"]
    done = az(asset.kind, "create", "--file", str(asset.path), "--set", *changes, "--output", "none")
    if done.returncode:
        raise Stop(f"{asset.reference} could not be registered: {done.stderr.strip()}")


def references(root: Path, assets: list[Asset]) -> list[str]:
    """Return the changes to pipeline.yml that put registered assets in place of local files."""
    files = {asset.path.resolve(): asset for asset in assets}
    files |= {
        (asset.path.parent / asset.data["path"]).resolve(): asset for asset in assets if asset.kind == "data"
    }
    pipeline = yaml.safe_load((root / "pipeline.yml").read_text("utf-8"))
    places = {f"jobs.{name}.component": step.get("component") for name, step in pipeline["jobs"].items()}
    for name, given in pipeline.get("inputs", {}).items():
        places[f"inputs.{name}.path"] = given.get("path") if isinstance(given, dict) else None
    local = {place: (root / str(text).removeprefix("file:")).resolve() for place, text in places.items()}
    return [f"{place}={files[path].reference}" for place, path in local.items() if path in files]


def main(argv: list[str]) -> int:
    """Run the command; exit code 1 when something stands in the way."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--references", action="store_true", help="print pipeline.yml's changes and register nothing"
    )
    options = parser.parse_args(argv)
    root = Path()
    assets = read_assets(root)
    if options.references:
        print("\n".join(references(root, assets)))
        return 0
    try:
        absent = missing(assets)
        for asset in assets:
            if asset in absent:
                create(asset)
            print(f"{asset.reference}: {'registered' if asset in absent else 'unchanged'}")
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
