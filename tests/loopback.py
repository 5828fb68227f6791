"""A web server on this machine's loopback that answers as a handler does.

Owns its start and its end, however the block ends, so that no thread stays behind, and what handlers have in common.
"""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """Answers HEAD as GET, without the content, and logs nothing."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        """Respond."""
        self.respond()

    def do_GET(self) -> None:
        """Respond."""
        self.respond()

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def respond(self) -> None:
        """Send what `path` asks for."""
        raise NotImplementedError

    def send(self, status: int, content: bytes, headers: Mapping[str, str], sent: int | None = None) -> None:
        """Send a response, of whose content the connection breaks off after `sent` bytes; None: it stays."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[:sent])
            self.close_connection = sent is not None


def blob_id(content: bytes) -> str:
    """Git's hash of a file, as the hub lists it."""
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a running server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        # It looks this often, in seconds, whether to end.
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()  # else its thread would ask a closed socket for ever, and take a core
            thread.join()
