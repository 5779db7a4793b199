"""Plays `az`: records every command line; `az ml` is carried out by the real azure-ai-ml or from memory.

The extension behind `az ml` is on no package index, so its commands are done as its source does them
(Azure/azure-cli-extensions, src/machinelearningservices/azext_mlv2/manual/custom): load the file with the
changes of `--set`, create or show it with MLClient, print the entity. Messages and exit codes are those of
azure-cli 2.91.
"""

import argparse
import json
import socketserver
import sys
from pathlib import Path

import jmespath
import yaml
from azure.ai.ml import (
    load_component,
    load_data,
    load_environment,
    load_job,
    load_online_deployment,
    load_online_endpoint,
)
from azure.core.exceptions import ResourceNotFoundError

from standin.background import Background

STUDIO = "https://ml.azure.com/runs/{}?wsid=/subscriptions/s/resourceGroups/g/workspaces/w"
LOADERS = {"job": load_job, "environment": load_environment, "data": load_data, "component": load_component}


class Failure(Exception):
    """What az prints after `ERROR: `, and its exit code."""

    def __init__(self, message: str, code: int = 1):
        super().__init__(message)
        self.code = code


class Memory:
    """Keeps what is created as it was written; enough for tests of command lines."""

    def __init__(self):
        self.assets: dict[tuple[str, str, str], dict] = {}

    def create(self, kind: str, file: Path, changes: dict[str, str]) -> dict:
        entity = yaml.safe_load(file.read_text("utf-8"))
        if kind == "job":
            return {
                "name": "calm_river_1",
                "services": {"Studio": {"endpoint": STUDIO.format("calm_river_1")}},
            }
        for key, value in changes.items():
            *path, last = key.split(".")
            target = entity
            for part in path:
                target = target.setdefault(part, {})
            target[last] = value
        self.assets[kind, entity["name"], entity["version"]] = entity
        return entity

    def show(self, kind: str, name: str, version: str) -> dict:
        if (kind, name, version) not in self.assets:
            raise Failure(f"(UserError) The {kind} {name}:{version} was not found.", code=3)
        return self.assets[kind, name, version]


class Live:
    """Sends everything to the stand-in workspace with the real client."""

    def __init__(self, azure):
        self._azure = azure

    def create(self, kind: str, file: Path, changes: dict[str, str]) -> dict:
        with self._azure.client() as client:
            entity = LOADERS[kind](file, params_override=[changes] if changes else [])
            return self._operations(client, kind).create_or_update(entity)._to_dict()

    def show(self, kind: str, name: str, version: str) -> dict:
        with self._azure.client() as client:
            try:
                return self._operations(client, kind).get(name=name, version=version)._to_dict()
            except ResourceNotFoundError as error:
                raise Failure(str(error), code=3) from None

    def list_models(self, name: str) -> list[dict]:
        with self._azure.client() as client:
            return [model._to_dict() for model in client.models.list(name=name)]

    def create_online(self, kind: str, file: Path, changes: dict[str, str]) -> dict:
        """Create an endpoint or a deployment, which is said to be `create` and awaited."""
        load = {"online-endpoint": load_online_endpoint, "online-deployment": load_online_deployment}[kind]
        with self._azure.client() as client:
            operations = {
                "online-endpoint": client.online_endpoints,
                "online-deployment": client.online_deployments,
            }
            entity = load(file, params_override=[{key: value} for key, value in changes.items()])
            return operations[kind].begin_create_or_update(entity).result()._to_dict()

    def show_endpoint(self, name: str) -> dict:
        with self._azure.client() as client:
            try:
                return client.online_endpoints.get(name)._to_dict()
            except ResourceNotFoundError as error:
                raise Failure(str(error), code=3) from None

    def update_endpoint(self, name: str, traffic: dict[str, int], changes: dict[str, str]) -> dict:
        with self._azure.client() as client:
            endpoint = client.online_endpoints.get(name)
            endpoint.traffic = traffic
            endpoint.tags |= {key.removeprefix("tags."): value for key, value in changes.items()}
            return client.online_endpoints.begin_create_or_update(endpoint).result()._to_dict()

    def invoke(self, name: str, deployment: str | None, request: Path) -> str:
        with self._azure.client() as client:
            return client.online_endpoints.invoke(name, deployment_name=deployment, request_file=str(request))

    @staticmethod
    def _operations(client, kind: str):
        return {
            "job": client.jobs,
            "environment": client.environments,
            "data": client.data,
            "component": client.components,
        }[kind]


class Cli(Background):
    """The `az` of one test.

    `missing` takes away the extension, the login or the workspace; `statuses` are a job's from look to look,
    the last one for good, None where az fails.
    """

    def __init__(self, folder: Path, service):
        self.calls: list[list[str]] = []
        self.missing: set[str] = set()
        self.statuses = ["Completed"]
        self.service = service
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(self))
        self._folder = folder
        program = folder / "az"
        program.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -S -E "{Path(__file__).parent / "az.py"}" "$@"\n'
        )
        program.chmod(0o755)

    @property
    def variables(self) -> dict[str, str]:
        return {"AZ_STAND_IN": str(self._server.server_address[1])}

    @property
    def folder(self) -> Path:
        """The folder to put in front of PATH."""
        return self._folder

    def run(self, argv: list[str], folder: Path) -> dict:
        self.calls.append(argv)
        try:
            return {"code": 0, "stderr": "", "stdout": _shown(self._result(argv, folder), argv)}
        except Failure as failure:
            return {"code": failure.code, "stderr": f"ERROR: {failure}\n", "stdout": ""}
        except Exception as error:
            return {"code": 1, "stderr": f"ERROR: {error}\n", "stdout": ""}

    def _result(self, argv: list[str], folder: Path):
        words = [word for word in argv[:3] if not word.startswith("-")]
        if words[0] == "ml" and "extension" in self.missing:
            raise Failure("'ml' is misspelled or not recognized by the system.", code=2)
        match words:
            case ["extension", "show"]:
                return self._precondition("extension", "The extension ml is not installed.", {"name": "ml"})
            case ["account", "show"]:
                return self._precondition(
                    "login", "Please run 'az login' to setup account.", {"name": "subscription"}
                )
            case ["login" | "configure", *_]:
                return None
            case ["ml", "workspace", "show"]:
                text = "the following arguments are required: --name/-n, --resource-group/-g"
                return self._precondition("workspace", text, {"name": "ws"})
            case ["ml", "job", "stream"]:
                if self.statuses[-1] != "Completed":
                    raise Failure(f"The job ended as {self.statuses[-1]}.")
                return "RunId: " + argv[argv.index("--name") + 1]
            case ["ml", "job", "download"]:
                return None
            case ["ml", "job", "show"]:
                return self._job(argv[argv.index("--name") + 1])
            case ["ml", "model", "list"]:
                return self.service.list_models(_parse(argv[3:]).name)
            case ["ml", "online-endpoint" | "online-deployment" as kind, "create"]:
                given = _parse(argv[3:])
                return self.service.create_online(kind, folder / given.file, _pairs(given.set))
            case ["ml", "online-endpoint", "show"]:
                return self.service.show_endpoint(_parse(argv[3:]).name)
            case ["ml", "online-endpoint", "update"]:
                given = _parse(argv[3:])
                shares = {name: int(share) for name, share in _pairs(given.traffic.split()).items()}
                return self.service.update_endpoint(given.name, shares, _pairs(given.set))
            case ["ml", "online-endpoint", "invoke"]:
                given = _parse(argv[3:])
                return self.service.invoke(given.name, given.deployment_name, folder / given.request_file)
            case ["ml", kind, "create"]:
                given = _parse(argv[3:])
                return self.service.create(
                    kind, folder / given.file, dict(part.split("=", 1) for part in given.set)
                )
            case ["ml", kind, "show"]:
                given = _parse(argv[3:])
                return self.service.show(kind, given.name, given.version)
        raise Failure(f"'{' '.join(argv)}' is misspelled or not recognized by the system.", code=2)

    def _job(self, name: str) -> dict:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status is None:
            raise Failure("Failed to connect.")
        return {"name": name, "status": status, "services": {"Studio": {"endpoint": STUDIO.format(name)}}}

    def _precondition(self, name: str, message: str, document: dict) -> dict:
        if name in self.missing:
            raise Failure(message)
        return document


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for option in (
        "file",
        "name",
        "version",
        "query",
        "output",
        "subscription",
        "resource-group",
        "workspace-name",
        "traffic",
        "deployment-name",
        "request-file",
    ):
        parser.add_argument(f"--{option}")
    parser.add_argument("--set", nargs="+", default=[])
    return parser.parse_args(words)


def _pairs(words: list[str]) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words)


def _shown(result, argv: list[str]) -> str:
    output = argv[argv.index("--output") + 1] if "--output" in argv else "json"
    if "--query" in argv:
        result = jmespath.search(argv[argv.index("--query") + 1], result)
    if output == "none" or result is None:
        return ""
    if output == "yaml":
        return yaml.safe_dump(result, sort_keys=False, width=1000)
    if output == "json":
        return json.dumps(result, indent=2, default=str) + "\n"
    return "".join(f"{each}\n" for each in (result if isinstance(result, list) else [result]))


def _handler(cli: Cli):
    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            asked = json.loads(self.rfile.readline())
            answer = cli.run(asked["argv"], Path(asked["folder"]))
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    return Handler
