"""A real Azurite (npm) as the workspace's storage account."""

import datetime
import os
import shutil
import socket
import subprocess
import time
from base64 import b64encode
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas
from filelock import FileLock

from standin.front import free_port

AZURITE = "azurite@3.35.0"
ACCOUNT = "standincredit"
KEY = b64encode(b"no secret: the tests' own storage account").decode()
CONTAINER = "azureml-blobstore"
HOST = f"{ACCOUNT}.blob.core.windows.net"


def install(cache: Path) -> Path:
    """Install Azurite into `cache` once and return its blob service; skips the test where npm cannot."""
    cache.mkdir(parents=True, exist_ok=True)
    program = cache / "node_modules" / ".bin" / "azurite-blob"
    with FileLock(cache / ".lock"):  # workers side by side start with an empty cache
        if not program.exists():
            _install(cache)
    return program


def _install(cache: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: Azurite, the storage stand-in, comes from npm")
    options = ["--prefix", cache, "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"]
    done = subprocess.run(["npm", "install", *options, AZURITE], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install {AZURITE}: {done.stderr.strip()[-300:]}")


class Storage:
    """Azurite on a free port of loopback, holding everything in memory."""

    def __init__(self, program: Path):
        self.port = free_port()
        self._command = [
            program,
            "--inMemoryPersistence",
            "--skipApiVersionCheck",
            "--silent",
            "--disableTelemetry",
        ]
        self._command += ["--blobHost", "127.0.0.1", "--blobPort", str(self.port)]

    def __enter__(self):
        self._process = subprocess.Popen(
            self._command,
            env=os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
            stdout=subprocess.DEVNULL,
        )
        wait_for(self.port, self._process)
        self._client = BlobServiceClient(f"http://127.0.0.1:{self.port}/{ACCOUNT}", credential=KEY)
        self._client.create_container(CONTAINER)
        return self

    def __exit__(self, *_):
        self._client.close()
        self._process.terminate()
        self._process.wait()

    def blobs(self, prefix: str = "", container: str = CONTAINER) -> dict[str, bytes]:
        """Name and content of every blob of a container under `prefix`."""
        client = self._client.get_container_client(container)
        names = client.list_blob_names(name_starts_with=prefix)
        return {name: client.download_blob(name).readall() for name in names}

    def shared_access(self, container: str = CONTAINER) -> str:
        """A token for one hour of reading and writing in `container`, which is made if need be."""
        if container not in {found.name for found in self._client.list_containers()}:
            self._client.create_container(container)
        rights = ContainerSasPermissions(read=True, add=True, create=True, write=True, list=True)
        until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
        return generate_container_sas(ACCOUNT, container, account_key=KEY, permission=rights, expiry=until)


def wait_for(port: int, process: subprocess.Popen) -> None:
    """Return once something listens on `port`. Raises RuntimeError when the process ends before that."""
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} ended with exit code {process.returncode}")
