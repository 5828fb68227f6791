"""DVC Studio on loopback: it thanks for every post and keeps it.

Owns the record of what was posted. Does not judge it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests import loopback


@dataclass
class Studio:
    """What arrived.

    Attributes:
        url: its address.
        bodies: the text of each post.
        tokens: the Authorization header of each post.
    """

    url: str = ""
    bodies: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def kinds(self) -> set[str]:
        """What the posts call themselves: start, data, done."""
        return {json.loads(body)["type"] for body in self.bodies}


@contextmanager
def studio() -> Iterator[Studio]:
    """A running Studio."""
    received = Studio()
    with loopback.serving(type("Handler", (_Handler,), {"received": received})) as received.url:
        yield received


class _Handler(BaseHTTPRequestHandler):
    received: Studio

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.received.bodies.append(body)
        self.received.tokens.add(self.headers["Authorization"])
        prediction = b'{"url": "http://127.0.0.1"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(prediction)))
        self.end_headers()
        self.wfile.write(prediction)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
