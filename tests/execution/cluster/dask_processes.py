"""A scheduler and workers of Dask as processes of this machine, started as docs/cluster.md says."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[3]
PATIENCE = 200.0
WORKER = ("--no-nanny", "--nthreads", "1", "--resources", "slot=1", "--no-dashboard", "--memory-limit", "0")


class Cluster:
    """A scheduler and its workers, in a folder of their own.

    Attributes:
        address: of the scheduler.
        workers: by name.
    """

    def __init__(self, folder: Path, workers: int, tls: Sequence[str] = ()) -> None:
        self.folder, self._tls = folder, tls
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "scheduler.json"
        host = ("--host", f"{'tls' if tls else 'tcp'}://127.0.0.1", "--port", "0")
        self.scheduler = self._start("scheduler", *host, "--no-dashboard", "--scheduler-file", str(self._file))
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        for number in range(workers):
            self.add(f"worker-{number}")
        self.address = self._address()

    def add(self, name: str, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker."""
        found = ("--scheduler-file", str(self._file), "--name", name, "--local-directory", str(self.folder / "scratch"))
        self.workers[name] = self._start("worker", *found, *(options or WORKER))
        return self.workers[name]

    def close(self) -> None:
        """End all processes."""
        processes = [*self.workers.values(), self.scheduler]
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()

    def children(self) -> list[psutil.Process]:
        """All processes of the workers."""
        return [
            child
            for worker in self.workers.values()
            if worker.poll() is None
            for child in psutil.Process(worker.pid).children(recursive=True)
        ]

    def _start(self, command: str, *options: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(  # noqa: S603 (our own)
                [sys.executable, "-m", "dask", command, *options, *self._tls],
                env=environment,
                cwd=self.folder,
                stdout=output,
                stderr=output,
            )

    def _address(self) -> str:
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(OSError, ValueError):  # it is written in place, and may be read half
                return str(json.loads(self._file.read_text(encoding="utf-8"))["address"])
            assert time.monotonic() < deadline, (self.folder / "output").read_text(encoding="utf-8")
            time.sleep(0.05)


def awaited(happened: Callable[[], object], within: float = PATIENCE) -> bool:
    """Whether something happened in time."""
    deadline = time.monotonic() + within
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
