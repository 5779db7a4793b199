"""A stand-in for one Azure ML workspace behind Azure Resource Manager.

Keeps what it is sent and refuses what is wrong.

Only what a submission and a registration need. Wire shapes as in the models of azure-ai-ml 1.35.2
(`azure/ai/ml/_restclient/arm_ml_service/models`); refusals are in `refusals.py`.
"""

import re
from urllib.parse import parse_qs, urlsplit

from standin import storage
from standin.front import Request, Response, answer
from standin.online import Online
from standin.refusals import Refusal, check

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = "rg-credit"
NAME = "ws-credit"
LOCATION = "westeurope"
PROVIDER = "providers/Microsoft.MachineLearningServices"
ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/{PROVIDER}/workspaces/{NAME}"
STUDIO = "https://ml.azure.com/runs/{job}?wsid=" + ID

RESOURCE = re.compile(
    r"/(?P<kind>\w+)/(?P<name>[^/]+)(/versions(/(?P<version>[^/]+))?)?(/(?P<action>[a-zA-Z]+))?$"
)


class Workspace:
    """Answers requests for the workspace; `assets` holds properties by (kind, name, version)."""

    def __init__(self, account: storage.Storage):
        self.assets: dict[tuple[str, str, str | None], dict] = {}
        self.storage = account
        self.online = Online(ID, LOCATION, self.find)

    def __call__(self, request: Request) -> Response:
        if not request.headers.get("Authorization", "").startswith("Bearer "):
            return _error(401, "AuthenticationFailed", "The 'Authorization' header is missing.")
        url = urlsplit(request.path)
        if not url.path.lower().startswith(ID.lower()):
            return _error(404, "ResourceNotFound", f"{url.path} is not in this subscription.")
        rest = url.path[len(ID) :]
        if not rest:
            return answer(200, _workspace())
        try:
            if response := self.online.manage(request, rest):
                return response
        except Refusal as refusal:
            return _error(400, "UserError", str(refusal))
        found = RESOURCE.fullmatch(rest)
        if not found:
            return _error(404, "NotFound", f"the stand-in has no {request.method} {rest}")
        try:
            return self._resource(request, found, parse_qs(url.query))
        except Refusal as refusal:
            return _error(400, "UserError", str(refusal))

    def put(self, kind: str, name: str, version: str | None, properties: dict) -> Response:
        """Store a resource as the service does: versions are immutable, the same content again is welcome."""
        check(self, kind, name, version, properties)
        known = self.assets.setdefault((kind, name, version), properties)
        if known != properties:
            raise Refusal(
                f"{kind} {name}:{version} exists already with other content; versions are immutable"
            )
        return answer(201, self._document(kind, name, version))

    def find(self, reference: str) -> dict:
        """The properties of the asset that an ARM id names, with or without `azureml:`."""
        found = RESOURCE.fullmatch(reference.removeprefix("azureml:")[len(ID) :])
        key = found and found.group("kind", "name", "version")
        if key not in self.assets:
            raise Refusal(f"{reference} is not in the workspace")
        return self.assets[key]

    def find_compute(self, reference: str) -> None:
        """Raise Refusal unless the compute is serverless or one of the workspace's."""
        name = reference.rpartition("/")[2]
        if name != "serverless" and ("computes", name, None) not in self.assets:
            raise Refusal(f"compute {name} is not in the workspace")

    def _resource(self, request: Request, found: re.Match, query: dict) -> Response:
        kind, name, version, action = found.group("kind", "name", "version", "action")
        if kind == "datastores":
            return answer(200, self._datastore(name, action))
        if action == "startPendingUpload":
            return answer(200, self._pending_upload(name, version))
        if request.method == "PUT":
            return self.put(kind, name, version, request.json()["properties"])
        if found.group(3) and version is None and kind == "models":
            versions = [key for key in self.assets if key[:2] == (kind, name)]
            return answer(200, {"value": [self._document(*key) for key in versions]})
        if found.group(3) and version is None:
            return answer(200, {"value": self._same_content(kind, query["hash"][0])})
        if (kind, name, version) not in self.assets:
            return _error(404, "NotFound", f"{kind} {name}:{version} is not in the workspace.")
        return answer(200, self._document(kind, name, version))

    def _document(self, kind: str, name: str, version: str | None) -> dict:
        properties = dict(self.assets[kind, name, version])
        if kind == "jobs":
            properties["status"] = "Preparing"
            properties["services"] = {
                "Studio": {"jobServiceType": "Studio", "endpoint": STUDIO.format(job=name)}
            }
        path = f"{ID}/{kind}/{name}" + (f"/versions/{version}" if version else "")
        return {"id": path, "name": version or name, "type": kind, "properties": properties, "systemData": {}}

    def _same_content(self, kind: str, sha256: str) -> list[dict]:
        """Assets of any name with this content: a client asks under a new name and takes what it finds."""
        return [
            self._document(*key)
            for key, properties in self.assets.items()
            if key[0] == kind and properties["properties"]["hash_sha256"] == sha256
        ]

    def _datastore(self, name: str, action: str | None) -> dict:
        if action == "listSecrets":
            return {"secretsType": "Sas", "sasToken": self.storage.shared_access()}
        properties = {
            "datastoreType": "AzureBlob",
            "accountName": storage.ACCOUNT,
            "containerName": storage.CONTAINER,
            "endpoint": "core.windows.net",
            "protocol": "https",
            "isDefault": True,
            "credentials": {"credentialsType": "Sas"},
        }
        return {"id": f"{ID}/datastores/{name}", "name": name, "type": "datastores", "properties": properties}

    def _pending_upload(self, name: str, version: str) -> dict:
        container = f"{name}-{version}"[:63]
        uri = f"https://{storage.HOST}/{container}"
        credential = {"credentialType": "SAS", "sasUri": f"{uri}?{self.storage.shared_access(container)}"}
        reference = {"blobUri": uri, "storageAccountArmId": f"{ID}/storage", "credential": credential}
        return {"pendingUploadType": "TemporaryBlobReference", "blobReferenceForConsumption": reference}


def _workspace() -> dict:
    properties = {
        "workspaceId": "11111111-1111-1111-1111-111111111111",
        "friendlyName": NAME,
        "discoveryUrl": f"https://{LOCATION}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://{LOCATION}.api.azureml.ms/mlflow/v1.0{ID}",
    }
    return {"id": ID, "name": NAME, "location": LOCATION, "type": "workspaces", "properties": properties}


def _error(status: int, code: str, message: str) -> Response:
    return answer(status, {"error": {"code": code, "message": message}})
