"""What driver and workers send each other.

Owns these values and how a request becomes bytes: as between the processes of a pool, but the paths of folders that
travel are replaced by places, which a worker fills in. Bytes are opaque to Dask, whose logs and pages show arguments:
no text of a corpus is in a log or a name.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing.reduction import ForkingPickler
from pathlib import Path, PosixPath
from typing import Any, Literal

# Roots of places: of folders that travel, of what a task writes, and of the pipe for reports.
FOLDERS, OUTPUT, REPORTS = "folders", "output", "reports"


@dataclass(frozen=True)
class Sealed:
    """Bytes that nobody prints."""

    content: bytes

    def __repr__(self) -> str:
        """How many there are."""
        return f"<{len(self.content)} bytes>"


@dataclass(frozen=True)
class Request:
    """A task.

    Attributes:
        lease: the worker's lease; a worker without it computes nothing.
        function: the hash of the pickled function, which the worker has.
        arguments: pickled.
    """

    lease: str
    function: str
    arguments: Sealed


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Attributes:
        state: finished; died, if its process did; unleased, if the worker has no such lease, or no longer.
        result: the pickled result or error.
        files: what the task wrote: sizes in bytes by path below the output's folder.
    """

    state: Literal["finished", "died", "unleased"]
    result: Sealed = Sealed(b"")
    files: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Failure:
    """An error of a task, and its traceback as text."""

    error: Exception
    trace: str


class _PlacesPickler(ForkingPickler):
    def __init__(self, stream: io.BytesIO, places: Mapping[Path, tuple[str, ...]]) -> None:
        super().__init__(stream)
        self.dispatch_table = {**self.dispatch_table, PosixPath: partial(_reduced, places)}


def _reduced(places: Mapping[Path, tuple[str, ...]], path: Path) -> Any:  # noqa: ANN401 (as __reduce__)
    return (located, places[path]) if path in places else path.__reduce__()


_roots: dict[str, Path] = {}  # of this process: where the places are


def dumped(value: object, places: Mapping[Path, tuple[str, ...]] | None = None) -> Sealed:
    """A value as bytes; the paths in `places` are replaced by `located` places."""
    stream = io.BytesIO()
    _PlacesPickler(stream, places or {}).dump(value)
    return Sealed(stream.getvalue())


def loaded(sealed: Sealed) -> Any:  # noqa: ANN401 (of any type)
    """The value of `dumped`; from a peer that has shown its certificate."""
    return ForkingPickler.loads(sealed.content)


def locate(roots: Mapping[str, Path]) -> None:
    """Set where this process finds places, by the first part of their names."""
    _roots.clear()
    _roots.update(roots)


def located(root: str, *parts: str) -> Path:
    """A place in this process; a folder to write into is made."""
    path = _roots[root].joinpath(*parts)
    if root == OUTPUT:
        path.mkdir(parents=True, exist_ok=True)
    return path
