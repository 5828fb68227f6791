"""How busy the workers of a study are.

Owns the arithmetic. Nothing of it is recorded.
"""

from collections.abc import Callable


class BusyWorkers:
    """The share of the workers' time that trials have taken, since the first of them started.

    Args:
        workers: how many trials are computed at once; further ones wait for a worker.
    """

    def __init__(self, workers: int, clock: Callable[[], float]) -> None:
        self._workers, self._clock = workers, clock
        self._running, self._seconds = 0, 0.0
        self._started: float | None = None
        self._changed = 0.0

    def started(self) -> None:
        """A trial was given to the workers."""
        self._change(1)

    def ended(self) -> None:
        """A trial has ended."""
        self._change(-1)

    def share(self) -> float:
        """Busy seconds over all seconds up to the last change, 0 to 1."""
        elapsed = 0.0 if self._started is None else self._workers * (self._changed - self._started)
        return self._seconds / elapsed if elapsed else 1.0

    def _change(self, by: int) -> None:
        now = self._clock()
        self._started = now if self._started is None else self._started
        self._seconds += min(self._running, self._workers) * (now - self._changed)
        self._running, self._changed = self._running + by, now
