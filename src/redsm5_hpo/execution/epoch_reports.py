"""Reports of running trials: how far each is, from the workers to the driver.

Owns the driver's side, `EpochReports`, which any channel may feed, and the channel of workers on this machine, a named
pipe. A cluster has such a pipe on each machine, and brings on what is in it (cluster/seat.py). Does not know what a
report is good for: one that is lost costs time, and changes no result.
"""

import os
import struct
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_REPORT = struct.Struct("<qq")  # a pipe takes so few bytes whole, whoever else writes, and a dead writer leaves no half
_END = -1  # no trial's number
_READ_BYTES = 256 * _REPORT.size


class EpochReports:
    """The reports that have come and have not been taken yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reports: list[tuple[int, int]] = []
        self._news: Future[None] = Future()

    def receive(self, number: int, epochs: int) -> None:
        """A trial has begun this many epochs; called by a channel in any thread."""
        with self._lock:
            self._reports.append((number, epochs))
            if not self._news.done():
                self._news.set_result(None)

    @property
    def news(self) -> Future[None]:
        """Done as soon as there is a report to take."""
        with self._lock:
            return self._news

    def take(self) -> list[tuple[int, int]]:
        """The reports since the last call, (number, epochs) each, in the order in which they came."""
        with self._lock:
            taken, self._reports = self._reports, []
            if taken:
                self._news = Future()
            return taken


OPEN: dict[Path, EpochReports] = {}  # of this process: what the pipes in use are for


@dataclass(frozen=True)
class PipeSender:
    """The workers' side of the pipe; a value, so that it is sent to workers.

    Attributes:
        path: the named pipe.
    """

    path: Path

    def __call__(self, number: int, epochs: int) -> None:
        """Send a report; it is lost without an error if nobody reads, or the pipe is full."""
        with suppress(OSError):
            pipe = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, _REPORT.pack(number, epochs))
            finally:
                os.close(pipe)


@contextmanager
def local_reports(reports: EpochReports) -> Iterator[PipeSender]:
    """A channel for processes of this machine while the context lasts: what its sender is given, `reports` receives."""
    with tempfile.TemporaryDirectory(prefix="redsm5-hpo-reports-") as folder:
        path = Path(folder, "pipe")
        os.mkfifo(path, mode=0o600)
        pipe = os.open(path, os.O_RDWR)  # for writing too, or reading would end with the last worker
        reader = threading.Thread(target=_read, args=(pipe, reports), daemon=True)
        reader.start()
        OPEN[path] = reports
        try:
            yield PipeSender(path)
        finally:
            del OPEN[path]
            os.write(pipe, _REPORT.pack(_END, 0))
            reader.join()
            os.close(pipe)


def _read(pipe: int, reports: EpochReports) -> None:
    while True:
        for number, epochs in _REPORT.iter_unpack(os.read(pipe, _READ_BYTES)):
            if number == _END:
                return
            reports.receive(number, epochs)
