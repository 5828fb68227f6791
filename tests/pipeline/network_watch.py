"""Refuses and records every attempt of a Python process to reach another machine.

Owns the record: a file beside the project's folder, with a line for each process that was watched and one for each
attempt. Becomes the project's sitecustomize.py, so it must stand alone.
"""

import sys
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).parents[1]
RECORD = _PROJECT.with_name(f"{_PROJECT.name}.network")
_HERE = ("127.0.0.1", "::1", "localhost", "", None, b"localhost", b"127.0.0.1")
_PLACES = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _PLACES:
        return
    address = arguments[_PLACES[event]]
    host = address[0] if isinstance(address, tuple) else address
    if event.endswith(("connect", "sendto")) and not isinstance(address, tuple):
        return  # a socket of this machine, which has a file's name
    if host not in _HERE:
        _note(f"attempt: {event} {host} by {' '.join(sys.orig_argv[1:])}")
        raise OSError(f"no network for {host}")


def _note(line: str) -> None:
    with RECORD.open("a", encoding="utf-8") as stream:
        stream.write(line.replace("\n", " ") + "\n")


if __name__ == "sitecustomize":
    _note(f"watched: {' '.join(sys.orig_argv[1:])}")
    sys.addaudithook(_watch)
