"""A Dask worker's side: it hands tasks to one process of its own, as long as a driver holds a lease.

Owns that process and the lease. Tasks run as in a local pool: in the main thread of a process of the fork server, where
timeouts work, and whose death leaves the Dask worker alone. A lease that its driver no longer renews ends, and with it
the process: nothing is computed for a driver that is gone. Dask calls these functions for seat.py.
"""

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import redsm5_hpo
from redsm5_hpo.core.files import hash_files
from redsm5_hpo.execution.cluster.child import call, prepare_child
from redsm5_hpo.execution.cluster.messages import Outcome, Request, Sealed
from redsm5_hpo.execution.cluster.store import PART_BYTES, Store
from redsm5_hpo.execution.epoch_reports import EpochReports, local_reports
from redsm5_hpo.execution.forkserver import start_server
from redsm5_hpo.execution.pool import Preparation, worker_pool
from redsm5_hpo.execution.stage_process import abandon

if TYPE_CHECKING:
    from distributed import Worker

LEASE_SECONDS = 20.0
_POLL_SECONDS = 1.0
_WITHOUT = {"pages", "reporting"}  # packages that no worker runs


class Lease:
    """What a worker has for one driver; `renewed` is when that was last heard of."""

    def __init__(self, root: Path, folder: Path, prepare: Preparation) -> None:
        self.store, self._output = Store(root), root / f"output-{uuid4().hex}"
        work = folder if folder.is_dir() else root / "work"
        self._open = partial(worker_pool, 1, partial(prepare_child, work, prepare))
        self._pool, self._ended = self._open(), False
        self.reports, self._pipe = EpochReports(), ExitStack()
        self._reports_folder = self._pipe.enter_context(local_reports(self.reports)).path.parent
        self.renewed = time.monotonic()

    def run(self, request: Request) -> Outcome:
        """Run a task in the process."""
        shutil.rmtree(self._output, ignore_errors=True)  # the driver has what was in it
        self._output.mkdir(mode=0o700)
        task = partial(call, self.store, self._output, self._reports_folder, request)
        try:
            result = self._submitted(task).result()
        except BrokenExecutor:
            if self._ended:
                return Outcome("unleased")
            self._pool = self._open()
            return Outcome("died")
        files = [path for path in self._output.rglob("*") if path.is_file()]
        sizes = {path.relative_to(self._output).as_posix(): path.stat().st_size for path in sorted(files)}
        return Outcome("finished", result, sizes)

    def read(self, name: str, offset: int) -> Sealed:
        """A part of a file that the last task wrote."""
        with (self._output / name).open("rb") as stream:
            stream.seek(offset)
            return Sealed(stream.read(PART_BYTES))

    def end(self) -> None:
        """End the process, whatever it does."""
        self._ended = True
        abandon(self._pool)
        self._pipe.close()
        shutil.rmtree(self._output, ignore_errors=True)

    def _submitted(self, task: "partial[Sealed]") -> "Future[Sealed]":
        try:
            return self._pool.submit(task)
        except BrokenExecutor:  # it died idle, which is nobody's attempt
            if self._ended:
                raise
            self._pool = self._open()
            return self._pool.submit(task)


_leases: dict[str, Lease] = {}
_watches: set[asyncio.Task[None]] = set()


@cache
def code_hash() -> str:
    """Of the code that workers run."""
    package = Path(redsm5_hpo.__file__).parent
    parts = [path for path in package.iterdir() if path.name not in _WITHOUT]
    return hash_files([path for path in parts if path.is_dir() or path.suffix == ".py"], relative_to=package)


def greet(dask_worker: "Worker") -> dict[str, object]:
    """What a driver has to know before it sends anything of its own."""
    return {"code": code_hash(), "threads": dask_worker.state.nthreads, "nanny": bool(dask_worker.nanny)}


async def begin(lease: str, folder: Path, prepare: Preparation, imports: Sequence[str], dask_worker: "Worker") -> None:
    """Begin a lease. In the main thread, with which the fork server ends.

    Args:
        folder: the driver's, where the process works, too, if this machine has it: for caches, and relative encoders.
    """
    start_server(*imports)
    root = Path(dask_worker.local_directory) / "redsm5-hpo"
    _leases[lease] = Lease(root, folder, prepare)
    watch = asyncio.create_task(_watch(lease))
    _watches.add(watch)
    watch.add_done_callback(_watches.discard)


def renew(lease: str) -> bool:
    """Whether the worker still has the lease, which now lasts for LEASE_SECONDS more."""
    if lease in _leases:
        _leases[lease].renewed = time.monotonic()
    return lease in _leases


def end(lease: str) -> None:
    """End a lease and its process."""
    if lease in _leases:
        _leases.pop(lease).end()


def missing(lease: str, digests: list[str]) -> list[str]:
    """See Store."""
    return _renewed(lease).store.missing(digests)


def receive(lease: str, digest: str, offset: int, part: Sealed) -> None:
    """See Store."""
    _renewed(lease).store.receive(digest, offset, part)


def lay_out(lease: str, digest: str, files: Mapping[str, str]) -> None:
    """See Store."""
    _renewed(lease).store.lay_out(digest, files)


def read(lease: str, name: str, offset: int) -> Sealed:
    """See Lease."""
    return _renewed(lease).read(name, offset)


def take_reports(lease: str) -> list[tuple[int, int]]:
    """See EpochReports."""
    return _renewed(lease).reports.take()


def forward(request: Request) -> Outcome:
    """The task that Dask runs: it waits for the process."""
    return _leases[request.lease].run(request) if renew(request.lease) else Outcome("unleased")


def _renewed(lease: str) -> Lease:
    renew(lease)
    return _leases[lease]


async def _watch(lease: str) -> None:
    try:
        while lease in _leases and time.monotonic() - _leases[lease].renewed < LEASE_SECONDS:
            await asyncio.sleep(_POLL_SECONDS)
    finally:  # also when the Dask worker closes
        end(lease)
