"""One Dask worker as its driver sees it: admitted or refused, given one task after another, lost or left.

Owns what is sent to a worker. It is admitted if it runs the same code and is the same machine as the others, and then
has the folders that tasks read. One thread serves a worker, so that a dead one delays nobody.
"""

import hashlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from redsm5_hpo.core.files import replaced_file
from redsm5_hpo.execution import forkserver
from redsm5_hpo.execution.cluster import worker as remote
from redsm5_hpo.execution.cluster.connection import SLOT, Connection, WorkerLostError
from redsm5_hpo.execution.cluster.messages import FOLDERS, OUTPUT, REPORTS, Failure, Outcome, Request, dumped, loaded
from redsm5_hpo.execution.cluster.store import Folder, send
from redsm5_hpo.execution.epoch_reports import OPEN
from redsm5_hpo.execution.pool import WorkerDiedError
from redsm5_hpo.execution.worker_setup import WorkerSetup

RENEW_SECONDS = 5.0
_HEAR_SECONDS = 1.0  # between questions for reports, which renew the lease as well


class RefusedError(Exception):
    """A worker would compute something else."""


@dataclass(frozen=True)
class Task:
    """A function to run, and the future of its result."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    future: Future[Any]


class Seat:
    """A worker that is taken for the tasks of one executor.

    Args:
        name: the worker's, for messages.
        folders: what is sent before its first task.
    """

    def __init__(
        self, connection: Connection, address: str, name: str, setup: WorkerSetup, folders: tuple[Folder, ...]
    ) -> None:
        self.address, self.name = address, name
        self._connection, self._setup, self._folders = connection, setup, folders
        self._lease = uuid4().hex
        self._call = partial(connection.call, address)
        self._missing = partial(self._call, remote.missing, self._lease)
        self._receive = partial(self._call, remote.receive, self._lease)
        self._woken = threading.Event()
        self._left = self.admitted = False
        self._sent: set[str] = set()
        self._places = {folder.path: (FOLDERS, folder.digest) for folder in folders}
        self._places |= {path: (OUTPUT, str(number)) for number, path in enumerate(setup.writes)}
        self._reports = dict(OPEN)
        self._places |= {path: (REPORTS, path.name) for path in self._reports}

    def admit(self) -> None:
        """Take the worker.

        Raises:
            RefusedError: it differs.
            WorkerLostError: it is gone.
        """
        try:
            self._check_code()
            self._call(remote.begin, self._lease, Path.cwd(), self._setup.prepare, forkserver.imports)
            for folder in self._folders:
                folder.send(self._missing, self._receive)
                self._call(remote.lay_out, self._lease, folder.digest, dict(folder.files))
            self._check_machine()
            self.admitted = True
        except (RefusedError, WorkerLostError):
            raise
        except WorkerDiedError as error:
            raise WorkerLostError(str(error)) from None
        except Exception as error:  # whatever it is that it cannot do
            raise RefusedError(f"{type(error).__name__}: {error}") from error

    def run(self, task: Task) -> Any:  # noqa: ANN401 (of any type)
        """Run a task and return its result.

        Raises:
            WorkerDiedError: its process died.
            WorkerLostError: the worker is gone, or was left; the task may run elsewhere.
            RefusedError: the worker cannot run it, for example because its disk is full; it may run elsewhere.
            Exception: what the task raises.
        """
        outcome = self._outcome(Request(self._lease, self._function(task), dumped(task.arguments, self._places)))
        if outcome.state == "unleased":
            raise WorkerLostError("its lease has ended")
        if outcome.state == "died":
            raise WorkerDiedError(f"a process of the worker {self.name} died")
        self._fetch(outcome)
        result = loaded(outcome.result)
        if isinstance(result, Failure):
            result.error.__cause__ = RuntimeError(f"at the worker {self.name}:\n{result.trace}")
            raise result.error
        return result

    def stay(self) -> None:
        """Keep the lease while there is no task; raises WorkerLostError if the worker does not have it any more."""
        if not self._call(remote.renew, self._lease):
            raise WorkerLostError("its lease has ended")

    def wake(self, *, leave: bool = False) -> None:
        """Interrupt `run`, which ends with WorkerLostError if the worker is gone or left."""
        self._left = self._left or leave
        self._woken.set()

    def leave(self) -> None:
        """End the lease and so whatever the worker computes."""
        with suppress(Exception):  # it is gone, or has not begun; a lease ends by itself
            self._call(remote.end, self._lease)

    def _check_code(self) -> None:
        greeting = self._call(remote.greet)
        if greeting["code"] != remote.code_hash():
            raise RefusedError("its code of redsm5_hpo is not that of the driver: install the same commit there")
        if greeting["threads"] != 1 or greeting["nanny"]:
            raise RefusedError("it was not started with --nthreads 1 --no-nanny")

    def _check_machine(self) -> None:
        setup = self._setup
        if setup.identity is None or setup.expected is None:
            return
        found, expected = self.run(Task(setup.identity, (), Future())), setup.expected
        differ = [name for name in expected if found.get(name) != expected[name]]
        if differ:
            each = "; ".join(f"{name} {found.get(name)}, not {expected[name]}" for name in differ)
            raise RefusedError(f"it would compute other bytes than the first worker: {each}")

    def _function(self, task: Task) -> str:
        """The hash of the task's function, which is sent once."""
        content = dumped(task.function, self._places).content
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self._sent:
            if self._missing([digest]):
                send(io.BytesIO(content), digest, self._receive)
            self._sent.add(digest)
        return digest

    def _outcome(self, request: Request) -> Outcome:
        self._woken.clear()
        # Dask itself retries nothing and moves nothing: what follows from a loss is decided here.
        future = self._connection.client.submit(
            remote.forward,
            request,
            key=f"redsm5-hpo-{uuid4().hex}",
            workers=[self.address],
            allow_other_workers=False,
            resources={SLOT: 1},
            retries=0,
            pure=False,
        )
        future.add_done_callback(lambda _: self._woken.set())
        try:
            while not future.done() and not self._left:
                if not self._woken.wait(_HEAR_SECONDS if self._reports else RENEW_SECONDS) and not future.done():
                    self._hear()
            if future.status == "error":
                raise RefusedError(f"it cannot run tasks: {future.exception()}")
            if self._left or future.status != "finished":
                raise WorkerLostError(f"its task is {future.status}")
            found: Outcome = future.result(timeout=RENEW_SECONDS * 6)
        except (OSError, TimeoutError, CancelledError, WorkerLostError) as error:
            future.cancel()
            raise WorkerLostError(str(error)) from None
        future.release()
        return found

    def _hear(self) -> None:
        """Keep the lease, and pass on the reports of the running task."""
        for number, epochs in self._call(remote.take_reports, self._lease):
            for reports in self._reports.values():
                reports.receive(number, epochs)

    def _fetch(self, outcome: Outcome) -> None:
        """Write what the task wrote where it would have written it here."""
        for name, size in (outcome.files or {}).items():
            number, _, below = name.partition("/")
            path: Path = self._setup.writes[int(number)] / below
            with replaced_file(path) as stream:
                while stream.tell() < size:
                    stream.write(self._call(remote.read, self._lease, name, stream.tell()).content)
