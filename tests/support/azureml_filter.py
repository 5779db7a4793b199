"""A reverse proxy that leaves an MLflow tracking server what Azure ML's has: the MLflow 2 REST interface.

Azure ML answers 404 to logged models, traces, run outputs and everything under /api/3.0
(https://github.com/Azure/azure-sdk-for-python/issues/44896).
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ABSENT = re.compile(r"/api/3\.0/|/mlflow/(logged-models|traces|runs/outputs)\b")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host"}


class AzureMLFilter(ThreadingHTTPServer):
    """Passes requests on to an MLflow server on loopback; `refused` holds the paths it answered 404 to."""

    daemon_threads = True

    def __init__(self, upstream_port: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream_port = upstream_port
        self.refused: list[str] = []

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: AzureMLFilter
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if ABSENT.search(self.path):
            self.server.refused.append(self.path)
            self.reply(404, {"Content-Type": "application/json"}, b'{"error": {"code": "UserError"}}')
            return
        upstream = HTTPConnection("127.0.0.1", self.server.upstream_port, timeout=60)
        upstream.request(self.command, self.path, body, kept(self.headers.items()))
        response = upstream.getresponse()
        self.reply(response.status, kept(response.getheaders()), response.read())
        upstream.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Says nothing: the test's output is not the place for requests."""


def kept(headers) -> dict[str, str]:
    return {name: value for name, value in headers if name.lower() not in HOP_BY_HOP}


@contextmanager
def azureml_filter(upstream_port: int) -> Iterator[AzureMLFilter]:
    with AzureMLFilter(upstream_port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
