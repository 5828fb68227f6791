"""An executor that survives the death of its workers: a dead worker costs its request one attempt.

Owns the executor, which is any `concurrent.futures.Executor`, and the retries after a worker's death. Does not decide
when a request is submitted, and does not know what it computes.

When a worker of a process pool dies, the pool fails all running requests, and the culprit is unknown. So these run
again one at a time: a request that runs alone and still kills its worker every time is the culprit. This does not
depend on the number of workers. An executor that knows the culprit says so with WorkerDiedError.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from redsm5_hpo.execution.pool import WorkerDiedError
from redsm5_hpo.execution.stage_process import abandon

ATTEMPTS = 3


class Request(Protocol):
    """Any value with a number; its text is shown in errors."""

    @property
    def number(self) -> Hashable:
        """Unique among the requests of one executor."""


RequestT = TypeVar("RequestT", bound=Request)
Result = TypeVar("Result")


class ResilientExecutor(Generic[RequestT, Result]):
    """Runs requests in an executor, which is opened when the first request starts.

    Args:
        function: a picklable function of a request; `collect` raises its exceptions, which are bugs.
        give_up: returns the result of a request that killed its worker ATTEMPTS times; gets the request and the reason.
        open_executor: opens an executor; called again after a worker's death.
    """

    def __init__(
        self,
        function: Callable[[RequestT], Result],
        give_up: Callable[[RequestT, str], Result],
        open_executor: Callable[[], Executor],
    ) -> None:
        self._function, self._give_up, self._open_executor = function, give_up, open_executor
        self._executor: Executor | None = None
        self._in_flight: dict[Future[Result], RequestT] = {}
        self._waiting: deque[RequestT] = deque()
        self._suspects: deque[RequestT] = deque()
        self._deaths: Counter[Hashable] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._executor is not None:
            if error is None:
                self._executor.shutdown()
            else:
                abandon(self._executor)

    @property
    def idle(self) -> bool:
        """Whether no request is left to collect."""
        return not (self._in_flight or self._waiting or self._suspects)

    def submit(self, request: RequestT) -> None:
        """Queue a request for the next free worker."""
        self._waiting.append(request)

    def collect(self, news: Future[None] | None = None) -> list[Result]:
        """Wait until requests finish and return their results; empty when a worker died, or `news` is done first."""
        self._start()
        alone = len(self._in_flight) == 1
        waited: list[Future[Any]] = [*self._in_flight, *([] if news is None else [news])]
        ended = wait(waited, return_when=FIRST_COMPLETED).done
        done = [future for future in self._in_flight if future in ended]
        if not done:
            return []
        # Results before errors, which the next call raises, so that no result is lost.
        finished = [future for future in done if future.exception() is None]
        taken = finished or [future for future in done if not _is_broken(future)]
        if taken:
            return [self._take(future) for future in taken]
        known = [future for future in done if isinstance(future.exception(), WorkerDiedError)]
        return self._after_own_death(known) if known else self._after_death(alone)

    def _start(self) -> None:
        if self._suspects:
            if not self._in_flight:
                self._submit(self._suspects.popleft())
            return
        while self._waiting:
            self._submit(self._waiting.popleft())

    def _submit(self, request: RequestT) -> None:
        self._executor = self._executor or self._open_executor()
        try:
            future = self._executor.submit(self._function, request)
        except BrokenExecutor as error:  # a worker has just died: this request fails like the running ones
            future = Future()
            future.set_exception(error)
        self._in_flight[future] = request

    def _after_own_death(self, died: Sequence[Future[Result]]) -> list[Result]:
        """For an executor that knows whose worker died: the others go on."""
        lost = [self._in_flight.pop(future) for future in died]
        self._deaths.update(request.number for request in lost)
        self._waiting.extendleft(request for request in lost if self._deaths[request.number] < ATTEMPTS)
        return self._given_up(lost)

    def _after_death(self, alone: bool) -> list[Result]:
        wait(self._in_flight)  # a broken executor fails all its requests
        self._replace_executor()
        lost = [self._in_flight.pop(future) for future in list(self._in_flight) if _is_broken(future)]
        if alone:
            self._deaths.update(request.number for request in lost)
        self._suspects.extend(request for request in lost if self._deaths[request.number] < ATTEMPTS)
        return self._given_up(lost)

    def _given_up(self, lost: Sequence[RequestT]) -> list[Result]:
        culprits = [request for request in lost if self._deaths[request.number] >= ATTEMPTS]
        return [self._give_up(request, f"worker died {ATTEMPTS} times") for request in culprits]

    def _take(self, future: Future[Result]) -> Result:
        request = self._in_flight.pop(future)
        try:
            return future.result()
        except Exception as error:
            error.add_note(f"in {request}")
            raise

    def _replace_executor(self) -> None:
        if self._executor is not None:
            abandon(self._executor)
        self._executor = None


def _is_broken(future: Future[Result]) -> bool:
    return isinstance(future.exception(), BrokenExecutor)
