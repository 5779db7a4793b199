"""One HTTPS front for every Azure host a client talks to, reached as its proxy (HTTPS_PROXY).

Clients keep their real addresses: `CONNECT management.azure.com:443` is answered here with a test
certificate, and nothing is ever forwarded beyond this machine. Hosts without a backend are refused.
"""

import json
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standin.background import Background

HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "proxy-connection", "host"}


@dataclass(frozen=True)
class Request:
    method: str
    host: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exchange:
    """One request as it went by, for the tests and for the list of a submission's requests."""

    request: Request
    response: Response


Backend = Callable[[Request], Response]


def answer(status: int, document=None) -> Response:
    body = b"" if document is None else json.dumps(document).encode()
    return Response(status, body, {"Content-Type": "application/json"})


class Front(Background):
    """A proxy that ends TLS for the hosts of `backends` (pattern to function) and records what passes."""

    def __init__(self, certificate, backends: dict[str, Backend]):
        self.backends = backends
        self.exchanges: list[Exchange] = []
        self.refused: list[str] = []
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate.chain, certificate.key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def backend(self, host: str) -> Backend | None:
        return next((found for pattern, found in self.backends.items() if fnmatch(host, pattern)), None)

    def secure(self, connection):
        return self._tls.wrap_socket(connection, server_side=True)

    def respond(self, request: Request) -> Response:
        response = self.backend(request.host)(request)
        self.exchanges.append(Exchange(request, response))
        return response


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        host = None

        def do_CONNECT(self):
            host = self.path.partition(":")[0]
            if front.backend(host) is None:
                front.refused.append(host)
                self.send_error(403, f"no stand-in for {host}")
                return
            self.send_response(200, "Connection established")
            self.end_headers()
            self.host = host
            self.connection = front.secure(self.connection)
            self.rfile = self.connection.makefile("rb", self.rbufsize)
            self.wfile = self.connection.makefile("wb", 0)
            self.close_connection = False

        def _serve(self):
            if self.host is None:
                self.send_error(403, "plain HTTP is not for Azure")
                return
            request = Request(self.command, self.host, self.path, dict(self.headers), self._body())
            self._send(front.respond(request))

        do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _serve

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return b"".join(iter(self._chunk, b""))
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _chunk(self) -> bytes:
            data = self.rfile.read(int(self.rfile.readline(), 16))
            self.rfile.readline()
            return data

        def _send(self, response: Response):
            self.send_response_only(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            if "content-length" not in map(str.lower, response.headers):
                self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)

        def log_message(self, *_):
            pass

    return Handler


def forward(port: int) -> Backend:
    """A backend that hands every request to a plain HTTP server on loopback, under its real host name."""

    def backend(request: Request) -> Response:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        connection.request(request.method, request.path, request.body, headers | {"Host": request.host})
        reply = connection.getresponse()
        body = reply.read()
        kept = {name: value for name, value in reply.getheaders() if name.lower() not in HOP_BY_HOP}
        connection.close()
        return Response(reply.status, body, kept)

    return backend


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
