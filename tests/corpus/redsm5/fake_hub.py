"""A Hugging Face hub on loopback: the three requests of its client for a gated dataset.

Owns the responses, with the status and headers of the real hub. Serves an invented corpus with the counts of ReDSM5's
card.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from redsm5_hpo.corpus.redsm5.published import ANNOTATIONS_FILE, POSTS, POSTS_FILE, POSTS_WITH
from tests import loopback
from tests.corpus.builders import POST_HEADER, ROW_HEADER

COMMIT = "5" * 40
TOKEN = "hf_canary" + "x" * 20
DATASET = "/datasets/irlab-udc/redsm5/resolve/"
INFO = "/api/datasets/irlab-udc/redsm5/revision/"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return stream.getvalue().encode()


def published_files() -> dict[str, bytes]:
    """Invented files with the columns and counts of the card."""
    rows = [
        (f"p{post}", f"p{post}_0", f"sentence {post}", label, "1", "why")
        for label, count in POSTS_WITH.items()
        for post in range(count)
    ]
    rows += [("p0", "p0_1", "another sentence", "FATIGUE", "1", ""), ("p999", "p999_0", "no sign", "FATIGUE", "0", "")]
    posts = [(f"p{post}", f"sentence {post}. another sentence. no sign.") for post in range(POSTS)]
    return {POSTS_FILE: table(POST_HEADER, posts), ANNOTATIONS_FILE: table(ROW_HEADER, rows)}


@dataclass
class Hub:
    """The files of the hub and its behavior.

    Attributes:
        files: content by name.
        refusals: (status, error code) by the start of a path; the first match counts.
        sent: number of bytes of a file before the connection breaks; None sends all.
        damaged: sends other bytes of the same length.
        elsewhere: address to which requests for files are redirected; empty serves them here.
        seen: (path, Authorization header) of every request.
    """

    files: dict[str, bytes] = field(default_factory=published_files)
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    sent: int | None = None
    damaged: bool = False
    elsewhere: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The address of a running hub."""
    with loopback.serving(type("Handler", (_Handler,), {"hub": hub})) as address:
        yield address


class _Handler(loopback.Handler):
    hub: Hub

    def respond(self) -> None:
        path, hub = self.path.split("?")[0], self.hub
        hub.seen.append((self.path, self.headers.get("Authorization", "")))
        refusal = next((refused for start, refused in hub.refusals.items() if path.startswith(start)), None)
        name = path.rsplit("/", 1)[-1]
        if refusal:
            self.send(refusal[0], b"", {"X-Error-Code": refusal[1]} if refusal[1] else {})
        elif path.startswith(INFO):
            self.send(200, json.dumps(self._info()).encode(), {"Content-Type": "application/json"})
        elif name not in hub.files:
            self.send(404, b"", {"X-Error-Code": "EntryNotFound"})
        elif hub.elsewhere and path.startswith(DATASET):
            self.send(302, b"", {**self._headers(name), "Location": f"{hub.elsewhere}/{name}?Signature=signed"})
        else:
            content = hub.files[name]
            self.send(200, content[::-1] if hub.damaged else content, self._headers(name), hub.sent)

    def _info(self) -> Any:
        siblings = [_listed(name, content, large=bool(self.hub.elsewhere)) for name, content in self.hub.files.items()]
        return {"id": "irlab-udc/redsm5", "sha": COMMIT, "gated": "manual", "private": False, "siblings": siblings}

    def _headers(self, name: str) -> dict[str, str]:
        content = self.hub.files[name]
        linked = {"X-Linked-Size": str(len(content)), "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"'}
        return {"X-Repo-Commit": COMMIT, "ETag": '"etag"', **(linked if self.hub.elsewhere else {})}


def _listed(name: str, content: bytes, *, large: bool) -> dict[str, Any]:
    """A file as the hub lists it: a large one, stored elsewhere, with its own hash besides the one of its pointer."""
    blob = loopback.blob_id(content)
    lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    entry = {"rfilename": name, "blobId": "0" * 40 if large else blob, "size": len(content)}
    return {**entry, "lfs": lfs} if large else entry
