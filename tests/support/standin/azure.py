"""Azure as the tests have it: a workspace, its storage, and a real client that takes them for the cloud."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

import jwt
from azure.ai.ml import MLClient
from azure.core.credentials import AccessToken

from standin.certificates import self_signed
from standin.front import Exchange, Front, forward
from standin.online import SUFFIX
from standin.storage import Storage
from standin.workspace import GROUP, LOCATION, NAME, SUBSCRIPTION, Workspace

HOSTS = ["management.azure.com", "*.blob.core.windows.net", "*.api.azureml.ms", f"*.{LOCATION}.{SUFFIX}"]


class Azure:
    """One workspace with a fresh storage account; `exchanges` is every request that reached it."""

    def __init__(self, azurite: Path, folder: Path):
        self._certificate = self_signed(folder, HOSTS)
        self.storage = Storage(azurite)
        self.workspace = Workspace(self.storage)
        backends = {HOSTS[0]: self.workspace, HOSTS[1]: forward(self.storage.port)}
        backends[HOSTS[3]] = self.workspace.online.infer
        self.front = Front(self._certificate, backends)

    def __enter__(self):
        self.storage.__enter__()
        self.front.__enter__()
        return self

    def __exit__(self, *error):
        self.front.__exit__(*error)
        self.storage.__exit__(*error)

    @property
    def exchanges(self) -> list[Exchange]:
        return self.front.exchanges

    @property
    def variables(self) -> dict[str, str]:
        """What sends a client here: the front as its proxy, the test certificate as its authority."""
        chain = str(self._certificate.chain)
        proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), self.front.url)
        return proxies | {"NO_PROXY": "", "no_proxy": "", "REQUESTS_CA_BUNDLE": chain, "SSL_CERT_FILE": chain}

    @contextmanager
    def client(self):
        """The real client of azure-ai-ml, pointed here for as long as the context lasts."""
        with _environment(self.variables):
            yield MLClient(Credential(), SUBSCRIPTION, GROUP, NAME, show_progress=False)


class Credential:
    """Hands out tokens of the form the client looks into: tenant, user and audience."""

    def get_token(self, scope: str, **_) -> AccessToken:
        claims = {"tid": "tenant", "oid": "user", "aud": scope.removesuffix("/.default")}
        return AccessToken(jwt.encode(claims, "k" * 32), int(time.time()) + 3600)


@contextmanager
def _environment(variables: dict[str, str]):
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
