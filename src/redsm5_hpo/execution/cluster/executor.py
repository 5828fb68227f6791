"""An executor whose workers are those of a Dask cluster, which come and go.

Owns the queue of tasks and who serves it. A task whose worker is lost goes back to the head of the queue, and the
others go on; without any worker tasks wait. A task whose process died ends with WorkerDiedError.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any

from tqdm import tqdm

from redsm5_hpo.core.errors import HpoError
from redsm5_hpo.execution.cluster.connection import Connection, WorkerLostError
from redsm5_hpo.execution.cluster.seat import RENEW_SECONDS, RefusedError, Seat, Task
from redsm5_hpo.execution.cluster.store import Folder
from redsm5_hpo.execution.worker_setup import WorkerSetup

_POLL_SECONDS = 0.5
_SILENT_POLLS = 6  # before a study without workers says so
_LOST_SECONDS = 1.0
_END_SECONDS = 10.0


class ClusterExecutor(Executor):
    """Runs tasks at workers of a cluster, one at a time at each.

    Args:
        most: how many workers are taken at most; None for all.
    """

    def __init__(self, connection: Connection, setup: WorkerSetup, most: int | None = None) -> None:
        self._connection, self._setup, self._most = connection, setup, most
        self._folders = tuple(Folder.read(path) for path in dict.fromkeys(setup.reads))
        self._changed = threading.Condition()
        self._queue: deque[Task] = deque()
        self._unfinished = 0
        self._closed = False
        self._failure: Exception | None = None  # that ends all tasks
        self._seats: dict[str, Seat] = {}  # by address
        self._refused: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._watch = self._start(self._watch_workers)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:  # noqa: ANN401 (of any type)
        """Queue a task for the next free worker."""
        task = Task(fn, args, Future())
        with self._changed:
            if self._failure is not None:
                task.future.set_exception(self._failure)
                return task.future
            self._unfinished += 1
            self._queue.append(task)
            self._changed.notify_all()
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As of any executor; workers are left when all tasks have ended."""
        with self._changed:
            self._closed = True
            while cancel_futures and self._queue:
                self._queue.popleft().future.cancel()
                self._unfinished -= 1
            self._changed.notify_all()
        if wait:
            self._watch.join()
            self._left()

    def terminate_workers(self) -> None:
        """End all tasks at once, those that run too; `abandon` calls it."""
        self.shutdown(wait=False, cancel_futures=True)
        self._fail(BrokenExecutor("the executor was abandoned"))
        self._left()

    def _left(self) -> None:
        """Wait until workers are left, but not for one that does not reply."""
        deadline = time.monotonic() + _END_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _start(self, function: Callable[..., None], *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        return thread

    def _watch_workers(self) -> None:
        """Take workers that come, as many as there are tasks for, and let go those that are gone."""
        silent = 0
        try:
            while not self._over():
                workers = self._connection.workers()
                with self._changed:
                    for seat in [seat for address, seat in self._seats.items() if address not in workers]:
                        seat.wake(leave=True)
                    self._refused &= workers.keys()
                    for address in self._wanted(workers):
                        self._take(address, workers[address])
                    silent = self._said_of_waiting(silent)
                    self._changed.wait_for(lambda: self._over() or self._wanted(workers), _POLL_SECONDS)  # noqa: B023
        except HpoError as error:
            self._fail(error)

    def _wanted(self, workers: Iterable[str]) -> list[str]:
        """The addresses of workers to take, of those that there are."""
        free = [address for address in workers if address not in self._seats and address not in self._refused]
        wanted = self._unfinished if self._most is None else min(self._unfinished, self._most)
        return free[: max(0, wanted - len(self._seats))]

    def _take(self, address: str, name: str) -> None:
        self._seats[address] = Seat(self._connection, address, name, self._setup, self._folders)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(self._start(self._serve, self._seats[address]))

    def _serve(self, seat: Seat) -> None:
        try:
            seat.admit()
            while (task := self._next(seat)) is not None:
                self._run(seat, task)
        except RefusedError as error:
            self._refused.add(seat.address)
            _say(f"the worker {seat.name} at {seat.address} is refused: {error}")
        except WorkerLostError as error:
            if self._failure is None:
                _say(f"the worker {seat.name} at {seat.address} is lost ({error}); what it ran runs again")
                time.sleep(_LOST_SECONDS)  # until the scheduler knows, too
        finally:
            seat.leave()
            with self._changed:
                del self._seats[seat.address]
                self._changed.notify_all()

    def _next(self, seat: Seat) -> Task | None:
        """The next task, when there is one; None when there will be none."""
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self._queue or self._over(), RENEW_SECONDS):
                    return self._queue.popleft() if self._queue else None
            seat.stay()

    def _run(self, seat: Seat, task: Task) -> None:
        try:
            # A task that runs again after a loss is running already.
            if task.future.running() or task.future.set_running_or_notify_cancel():
                task.future.set_result(seat.run(task))
        except (WorkerLostError, RefusedError):
            with self._changed:
                if self._failure is None:
                    self._queue.appendleft(task)
                else:
                    task.future.set_exception(self._failure)
            raise
        except Exception as error:  # noqa: BLE001 (of the task)
            task.future.set_exception(error)
        self._end()

    def _end(self) -> None:
        with self._changed:
            self._unfinished -= 1
            self._changed.notify_all()

    def _over(self) -> bool:
        return self._failure is not None or (self._closed and not self._unfinished)

    def _fail(self, error: Exception) -> None:
        """End all tasks with an error."""
        with self._changed:
            self._failure = self._failure or error
            while self._queue:
                future = self._queue.popleft().future
                if not future.cancelled():
                    future.set_exception(error)
            for seat in self._seats.values():
                seat.wake(leave=True)
            self._changed.notify_all()

    def _said_of_waiting(self, polls: int) -> int:
        """Say once that no worker is there, and once that one is there again; how often none was there."""
        if any(seat.admitted for seat in self._seats.values()):
            if polls > _SILENT_POLLS:
                _say("a worker has come, and the run goes on")
            return 0
        if polls == _SILENT_POLLS:
            _say(f"no worker is at {self._connection.scheduler}; the run waits for one")
        return polls + (not self._seats and self._unfinished > 0)


def _say(line: str) -> None:
    tqdm.write(line, file=sys.stderr)
