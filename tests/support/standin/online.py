"""Online endpoints of the stand-in workspace: kept, refused where the service would, asked for predictions.

Wire shapes as in azure-ai-ml 1.35.2 (`_restclient/arm_ml_service/models`): an endpoint has traffic, auth mode
and tags; a deployment names a registered model. Creating either is a long operation that is done at once.
"""

import json
import re
from collections.abc import Callable

from standin.front import Request, Response, answer
from standin.refusals import Refusal

ENDPOINT = re.compile(r"/onlineEndpoints/(?P<endpoint>[^/]+)(/deployments(/(?P<deployment>[^/]+))?)?$")
NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9]")
SUFFIX = "inference.ml.azure.com"
Model = Callable[[dict], object]  # the content of a request to what it answers; raises to fail


class Online:
    """Answers for the endpoints below `prefix`; `models` say what deployments of a model answer."""

    def __init__(self, prefix: str, location: str, find_model: Callable[[str], dict]) -> None:
        self.models: dict[str, Model] = {}
        self.requests: list[str] = []  # the deployment that answered each
        self._endpoints: dict[str, dict] = {}
        self._deployments: dict[str, dict[str, dict]] = {}
        self._prefix, self._location, self._find_model = prefix, location, find_model

    def manage(self, request: Request, path: str) -> Response | None:
        """Answer the resource manager's part; None where the path is not an endpoint's."""
        found = ENDPOINT.fullmatch(path)
        if not found:
            return None
        endpoint, deployment = found["endpoint"], found["deployment"]
        if request.method == "PUT":
            body = request.json()
            return answer(201, self._put(endpoint, deployment, body))
        if endpoint not in self._endpoints:
            return _missing(f"Online endpoint {endpoint}")
        if path.endswith("/deployments"):
            return answer(200, {"value": list(self._deployments[endpoint].values())})
        if deployment and deployment not in self._deployments[endpoint]:
            return _missing(f"Deployment {deployment}")
        return answer(
            200, self._deployments[endpoint][deployment] if deployment else self._endpoints[endpoint]
        )

    def infer(self, request: Request) -> Response:
        """Answer a scoring request: the named deployment, or the one with the least traffic that has any."""
        endpoint = self._endpoints[request.host.partition(".")[0]]
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not headers.get("authorization", "").startswith("Bearer "):
            return answer(401, {"message": "no token"})
        shares = {name: share for name, share in endpoint["properties"]["traffic"].items() if share}
        name = headers.get("azureml-model-deployment") or min(shares, key=shares.get, default=None)
        if name is None:
            return answer(404, {"message": "no deployment has traffic"})
        self.requests.append(name)
        model = self._deployments[endpoint["name"]][name]["properties"]["model"]
        version = re.search(r"/versions/(.+)$", model["assetId"] if isinstance(model, dict) else model)[1]
        try:
            return answer(200, self.models[version](json.loads(request.body)))
        except Exception as error:  # the status of a model that raises, which no client tries again
            return answer(424, {"message": str(error)})

    def traffic(self, endpoint: str) -> dict[str, int]:
        """Return the shares that are not zero."""
        return {
            name: share for name, share in self._endpoints[endpoint]["properties"]["traffic"].items() if share
        }

    def _put(self, endpoint: str, deployment: str | None, body: dict) -> dict:
        name = deployment or endpoint
        if not NAME.fullmatch(name):
            raise Refusal(f"{name!r} is not the name of an endpoint or a deployment")
        properties = body["properties"] | {"provisioningState": "Succeeded"}
        path = f"{self._prefix}/onlineEndpoints/{endpoint}"
        if deployment:
            if endpoint not in self._endpoints:
                raise Refusal(f"there is no endpoint {endpoint}")
            model = properties["model"]
            self._find_model(model["assetId"] if isinstance(model, dict) else model)
            properties.setdefault("scaleSettings", {"scaleType": "Default"})
            kept = self._deployments[endpoint]
            path += f"/deployments/{deployment}"
        else:
            kept = self._endpoints
            shares = properties.setdefault("traffic", {})
            unknown = set(shares) - set(self._deployments.setdefault(endpoint, {}))
            if unknown or sum(shares.values()) not in (0, 100):
                raise Refusal(f"traffic {shares} is not 100 percent of known deployments")
            properties["scoringUri"] = f"https://{endpoint}.{self._location}.{SUFFIX}/score"
        kept[name] = body | {"id": path, "name": name, "properties": properties}
        return kept[name]


def _missing(what: str) -> Response:
    return answer(404, {"error": {"code": "ResourceNotFound", "message": f"{what} could not be found."}})
