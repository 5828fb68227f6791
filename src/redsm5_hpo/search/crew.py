"""Requests go to workers, records come back, and a dead worker costs one attempt.

Owns the executor and what happens when one of its workers dies. Any `concurrent.futures.Executor` will do. Does not
decide which trial runs when.

When a worker dies, its executor gives up all trials it was running, and nobody knows which of them was to blame. So
these run again one at a time: a trial that shares no memory with others and still kills its worker again and again is
to blame itself, however many workers there are.
"""

from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from types import TracebackType
from typing import Self

from redsm5_hpo.processes import abandon
from redsm5_hpo.search.records import TrialRecord, TrialRequest

Objective = Callable[[TrialRequest], TrialRecord]

ATTEMPTS = 3


class Crew:
    """Runs trials in an executor, opened when the first is to start.

    Args:
        objective: a picklable function; an exception it raises is a mistake and stops the study.
        open_executor: opens an executor; called again when a worker has died.
    """

    def __init__(self, objective: Objective, open_executor: Callable[[], Executor]) -> None:
        self._objective, self._open_executor = objective, open_executor
        self._executor: Executor | None = None
        self._in_flight: dict[Future[TrialRecord], TrialRequest] = {}
        self._waiting: deque[TrialRequest] = deque()
        self._suspects: deque[TrialRequest] = deque()
        self._deaths: Counter[int] = Counter()

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
        """Whether there is nothing to collect."""
        return not (self._in_flight or self._waiting or self._suspects)

    def submit(self, request: TrialRequest) -> None:
        """Run a trial as soon as a worker is free."""
        self._waiting.append(request)

    def collect(self) -> list[TrialRecord]:
        """Wait until trials finish, and return them; empty when a worker died instead."""
        self._start()
        alone = len(self._in_flight) == 1
        done = wait(self._in_flight, return_when=FIRST_COMPLETED).done
        # Finished trials before errors, which the next call meets, so that none is lost with them.
        finished = [future for future in done if future.exception() is None]
        answered = finished or [future for future in done if not _is_broken(future)]
        return [self._take(future) for future in answered] if answered else self._after_death(alone)

    def _start(self) -> None:
        if self._suspects:
            if not self._in_flight:
                self._submit(self._suspects.popleft())
            return
        while self._waiting:
            self._submit(self._waiting.popleft())

    def _submit(self, request: TrialRequest) -> None:
        self._executor = self._executor or self._open_executor()
        try:
            future = self._executor.submit(self._objective, request)
        except BrokenExecutor as error:  # a worker died since the last answer: this trial is lost like the others
            future = Future()
            future.set_exception(error)
        self._in_flight[future] = request

    def _after_death(self, alone: bool) -> list[TrialRecord]:
        wait(self._in_flight)  # a broken executor gives up all it was given
        self._replace_executor()
        lost = [self._in_flight.pop(future) for future in list(self._in_flight) if _is_broken(future)]
        if alone:
            self._deaths.update(request.number for request in lost)
        self._suspects.extend(request for request in lost if self._deaths[request.number] < ATTEMPTS)
        return [_given_up(request) for request in lost if self._deaths[request.number] >= ATTEMPTS]

    def _take(self, future: Future[TrialRecord]) -> TrialRecord:
        request = self._in_flight.pop(future)
        try:
            return future.result()
        except Exception as error:
            error.add_note(f"in trial {request.number} with {request.configuration} and seed {request.seed}")
            raise

    def _replace_executor(self) -> None:
        if self._executor is not None:
            abandon(self._executor)
        self._executor = None


def _is_broken(future: Future[TrialRecord]) -> bool:
    return isinstance(future.exception(), BrokenExecutor)


def _given_up(request: TrialRequest) -> TrialRecord:
    reason = f"worker died {ATTEMPTS} times"
    return TrialRecord(request.number, "failed", request.configuration, request.seed, reason=reason)
