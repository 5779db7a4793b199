"""`.github/await-job.sh`, with `az` played by a stand-in and GitHub's token service on loopback."""

import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from layout import ROOT
from standin.cli import Cli, Memory

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")),
    reason="curl and jq, which GitHub's runners have, are missing",
)
SHOW = [
    *["ml", "job", "show", "--name", "calm_river_1", "--subscription", "sub", "--resource-group", "rg"],
    *["--workspace-name", "ws", "--query", "status", "--output", "tsv"],
]


@pytest.fixture
def cli(tmp_path):
    with Cli(tmp_path, Memory()) as cli:
        yield cli


@pytest.fixture
def github():
    """GitHub's token service: a new token each time, for who knows the request token."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.headers["Authorization"] == "bearer request-token"
            right = known and self.path.endswith("&audience=api://AzureADTokenExchange")
            self.server.tokens += 1
            self.send_response(200 if right else 403)
            self.end_headers()
            self.wfile.write(b'{"value": "oidc-token-%d"}' % self.server.tokens)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.tokens = 0
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def wait(tmp_path, cli, github):
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "azure-job").write_text("calm_river_1\nhttps://ml.azure.com/runs/calm_river_1\n")
    environment = cli.variables | {
        "PATH": f"{cli.folder}:{os.environ['PATH']}",
        "POLL_SECONDS": "0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{github.server_address[1]}/token?api-version=2.0",
        "AZURE_CLIENT_ID": "client",
        "AZURE_TENANT_ID": "tenant",
        "AZUREML_SUBSCRIPTION": "sub",
        "AZUREML_RESOURCE_GROUP": "rg",
        "AZUREML_WORKSPACE": "ws",
    }
    script = ROOT / ".github" / "await-job.sh"
    done = subprocess.run([script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert "token" not in done.stdout + done.stderr
    return done


def test_logs_in_anew_with_a_fresh_token_before_each_look(tmp_path, cli, github):
    cli.statuses = ["Queued", "Running", "Running", "Completed"]
    done = wait(tmp_path, cli, github)
    assert done.returncode == 0
    assert [line.split(": ")[1] for line in done.stdout.splitlines()] == ["Queued", "Running", "Completed"]
    login = [
        "login",
        "--service-principal",
        "--username",
        "client",
        "--tenant",
        "tenant",
        "--federated-token",
    ]
    logins = [[*login, f"oidc-token-{number}", "--output", "none"] for number in (1, 2, 3, 4)]
    assert cli.calls == [call for login in logins for call in (login, SHOW)]


ENDS = {
    "failed": (["Running", "Failed"], 1, "::error::calm_river_1 ended as Failed"),
    "canceled": (["Canceled"], 1, "::error::calm_river_1 ended as Canceled"),
    "away for a moment": ([None, None, "Running", None, "Completed"], 0, "calm_river_1: unknown (2 of 5)"),
    "away for good": (["Running", None], 1, "calm_river_1: unknown (5 of 5)"),
}


@pytest.mark.parametrize("case", ENDS)
def test_succeeds_only_if_the_job_completed(tmp_path, cli, github, case):
    cli.statuses, code, said = ENDS[case]
    done = wait(tmp_path, cli, github)
    assert (done.returncode, said in done.stdout) == (code, True), done.stdout + done.stderr
