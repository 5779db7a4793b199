"""Deploy a version of the model to the online endpoint, or go back: ``make deploy``, ``make rollback``.

A new deployment gets no traffic at first, a tenth once it has answered a request, and all of it once the
endpoint has answered with that share. The deployment before stays, so that going back takes one request.
Where an answer fails, the traffic is what it was before.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from az_ml import Stop, ask, find

FOLDER = Path("components/score/online")
CONTRACT = Path("data/schema.yml")
REQUEST = Path(".local/deploy/request.json")
FIRST_SHARE = 10
TRIES = 20  # of them two, on average, reach a deployment with a tenth of the traffic


class Endpoint:
    """The online endpoint of endpoint.yml, by way of `az ml`."""

    def __init__(self) -> None:
        self.name = yaml.safe_load((FOLDER / "endpoint.yml").read_text(encoding="utf-8"))["name"]

    def show(self) -> dict | None:
        shown = find(
            f"endpoint {self.name}", "online-endpoint", "show", "--name", self.name, "--output", "json"
        )
        return json.loads(shown) if shown else None

    def create(self) -> None:
        file = str(FOLDER / "endpoint.yml")
        ask(f"endpoint {self.name}", "online-endpoint", "create", "--file", file, "--output", "none")

    def deploy(self, deployment: str, model: str) -> None:
        changes = [f"name={deployment}", f"endpoint_name={self.name}", f"model={model}"]
        command = ["online-deployment", "create", "--file", str(FOLDER / "deployment.yml")]
        ask(f"deployment {deployment}", *command, "--set", *changes, "--output", "none")

    def set_traffic(self, traffic: dict[str, int], previous: str | None = None) -> None:
        """Share out the traffic in percent; `previous` is kept as what to go back to."""
        shares = " ".join(f"{name}={share}" for name, share in traffic.items())
        tag = ["--set", f"tags.previous={previous}"] if previous else []
        command = ["online-endpoint", "update", "--name", self.name, "--traffic", shares, *tag]
        ask(f"traffic {shares}", *command, "--output", "none")
        print(f"traffic: {shares}")

    def ask(self, deployment: str | None = None) -> None:
        """Send a request and check the answer; raise Stop when it is not two probabilities."""
        target = ["--deployment-name", deployment] if deployment else []
        command = ["online-endpoint", "invoke", "--name", self.name, *target, "--request-file", str(REQUEST)]
        what = f"a request to {deployment or self.name}"
        answer = ask(what, *command)
        if not is_answer(answer):
            raise Stop(f"{what}: expected two probabilities, it answered {answer[:200]}")


def is_answer(text: str) -> bool:
    """Tell whether an answer holds the two probabilities of one client; az prints it as a JSON string."""
    try:
        content = json.loads(text)
        content = json.loads(content) if isinstance(content, str) else content
        ((first, second),) = content
        return 0 <= first <= 1 and abs(first + second - 1) < 1e-6
    except (ValueError, TypeError):
        return False


def write_request(contract: Path, target: Path) -> None:
    """Write a request for one client who is nobody: allowed values of the contract, or none at all."""
    columns = yaml.safe_load(contract.read_text(encoding="utf-8"))["columns"]
    features = {name: column for name, column in columns.items() if not column.get("sensitive")}
    row = [next(iter(column.get("values", [])), column.get("min")) for column in features.values()]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"input_data": {"columns": list(features), "index": [0], "data": [row]}}))


def model_reference() -> str:
    """Return the model to deploy: VERSION, or the newest version that the pipeline made the champion."""
    text = yaml.safe_load((FOLDER / "deployment.yml").read_text(encoding="utf-8"))["model"]
    name = text.removeprefix("azureml:").partition(":")[0]
    version = os.environ.get("VERSION")
    if not version:
        query = ["--query", "[?tags.role=='champion'].version", "--output", "json"]
        versions = json.loads(ask(f"model {name}", "model", "list", "--name", name, *query) or "[]")
        if not versions:
            raise Stop(f"model {name} has no champion: run the pipeline first, or give VERSION=<version>")
        version = max(versions, key=int)
    return f"azureml:{name}:{version}"


def live(traffic: dict[str, int]) -> str | None:
    """Return the deployment with the most traffic; None where none has any."""
    return max((name for name, share in traffic.items() if share), key=traffic.__getitem__, default=None)


@contextmanager
def back_to(endpoint: Endpoint, traffic: dict[str, int]) -> Iterator[None]:
    """Restore the traffic when a request fails meanwhile."""
    try:
        yield
    except Stop:
        endpoint.set_traffic(traffic)
        raise


def deploy() -> None:
    endpoint, model = Endpoint(), model_reference()
    name = f"version-{model.rpartition(':')[2]}"
    known = endpoint.show()
    if known is None:
        endpoint.create()
    traffic = (known or {}).get("traffic") or {}
    before = live(traffic)
    if before == name:
        print(f"{name} has the traffic of {endpoint.name} already")
        return
    print(f"{model} to {endpoint.name} as {name}: this takes some minutes")
    endpoint.deploy(name, model)
    endpoint.ask(name)
    if before is None:
        endpoint.set_traffic({name: 100})
        return
    with back_to(endpoint, traffic):
        endpoint.set_traffic({before: 100 - FIRST_SHARE, name: FIRST_SHARE})
        for _ in range(TRIES):
            endpoint.ask()
    endpoint.set_traffic({before: 0, name: 100}, previous=before)


def rollback() -> None:
    endpoint = Endpoint()
    known = endpoint.show()
    if known is None:
        raise Stop(f"there is no endpoint {endpoint.name}: make deploy")
    before = live(known.get("traffic") or {})
    previous = (known.get("tags") or {}).get("previous")
    if previous in (None, before):
        raise Stop(f"{endpoint.name} has no earlier deployment to go back to")
    endpoint.ask(previous)
    endpoint.set_traffic({**({before: 0} if before else {}), previous: 100}, previous=before)


def main(argv: list[str]) -> int:
    """Run `deploy` or `rollback`; exit code 1 when something stands in the way."""
    try:
        write_request(CONTRACT, REQUEST)
        {"deploy": deploy, "rollback": rollback}[argv[0]]()
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
