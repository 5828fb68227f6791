"""A Hugging Face hub on loopback: the requests of its client for models.

Owns the responses, with the status and headers of the real hub. Serves the files that a test gives it.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from tests import loopback

COMMIT, LATER = "a" * 40, "b" * 40
INFO = "/api/models/"


@dataclass
class Hub:
    """The files of one repository, and the hub's behavior.

    Attributes:
        files: content by name.
        commit: what the branch main stands for.
        refusal: status and error code of every response; (0, "") serves.
        sent: number of bytes of a large file before the connection breaks and the hub is down; None sends all.
        damaged: sends large files with other bytes.
        seen: path of every request, and its Range header.
    """

    files: dict[str, bytes]
    commit: str = COMMIT
    refusal: tuple[int, str] = (0, "")
    sent: int | None = None
    damaged: bool = False
    seen: list[tuple[str, str]] = field(default_factory=list)

    def requests(self, name: str) -> list[str]:
        """The Range headers of the requests for a file's content."""
        return [ranges for path, ranges in self.seen if path == f"GET {name}"]


def repository(directory: Path, *left_out: str, **added: bytes) -> Hub:
    """A hub with the files of a directory, but for some, and others."""
    files = {path.name: path.read_bytes() for path in directory.iterdir() if path.name not in left_out}
    return Hub({**files, **added})


@contextmanager
def online(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hub's client reaches this hub."""
    with loopback.serving(type("Handler", (_Handler,), {"hub": hub})) as address, monkeypatch.context() as patch:
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix(constants.ENDPOINT)
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + template)  # as HF_ENDPOINT does
        patch.setattr(constants, "ENDPOINT", address)
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield


class _Handler(loopback.Handler):
    hub: Hub

    def respond(self) -> None:
        path, hub = self.path.split("?")[0], self.hub
        name = path.rsplit("/", 1)[-1]
        hub.seen.append((f"{self.command} {name}", self.headers.get("Range", "")))
        if hub.refusal[0]:
            self.send(hub.refusal[0], b"", {"X-Error-Code": hub.refusal[1]})
        elif path.startswith(INFO):
            self.send(200, json.dumps(self._info()).encode(), {"Content-Type": "application/json"})
        elif name not in hub.files:
            self.send(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            self._file(name)

    def _file(self, name: str) -> None:
        content, first = self.hub.files[name], int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        digest = hashlib.sha256(content).hexdigest()
        headers = {"X-Repo-Commit": self.hub.commit, "ETag": f'"{digest}"', "Accept-Ranges": "bytes"}
        if _is_large(name) and self.hub.damaged:
            content = content[::-1]
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        sent = self.hub.sent if _is_large(name) else None
        if sent is not None and self.command == "GET":
            self.hub.refusal = (503, "")
        self.send(206 if first else 200, content[first:], headers, sent)

    def _info(self) -> Any:
        siblings = [_listed(name, content) for name, content in sorted(self.hub.files.items())]
        return {"id": "x/y", "sha": self.hub.commit, "private": False, "siblings": siblings}


def _is_large(name: str) -> bool:
    return name.endswith((".safetensors", ".bin"))


def _listed(name: str, content: bytes) -> dict[str, Any]:
    lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    blob = loopback.blob_id(content)
    entry = {"rfilename": name, "blobId": blob, "size": len(content)}
    return {**entry, "lfs": lfs} if _is_large(name) else entry
