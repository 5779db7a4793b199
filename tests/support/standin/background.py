"""A server that answers in the background while a `with` block runs."""

import socketserver
import threading


class Background:
    """Serves what a subclass puts into `_server`."""

    _server: socketserver.BaseServer

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
