"""The order of trials: when the next one may start, and which results it sees.

Owns the two orders, by number and by computed cost. With w trials at once, trial n sees n - w + 1 others in either: in
the order by number the first of them, in the order by cost those that end first if their time were their computed cost.
Neither reads a clock, so that a study is the same for any workers, any timing, any interruption. Does not run trials
and does not compute costs.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from redsm5_hpo.search.records import TrialRecord, Values


class TrialOrder(Protocol):
    """What a study asks before it makes its next trial, and what it tells.

    Each trial is first `started`, then any times `progressed`, then `ended`. What `seen` returns for a trial depends on
    the parameters and records of trials alone; when it first returns it may depend on more.
    """

    def seen(self) -> Sequence[int] | None:
        """The trials whose results the next trial sees, in ascending order; None while that is not certain."""

    def started(self, params: Values) -> None:
        """The next trial is made, with these parameters; `seen` is about the one after it from here on."""

    def progressed(self, number: int, epochs: int) -> None:
        """A running trial trains so many epochs at least, whatever comes: it has begun the last of them."""

    def ended(self, record: TrialRecord) -> None:
        """A trial has ended."""


class NumberOrder:
    """Trial n starts when the trials 0..n-w are finished, and sees these.

    Args:
        max_concurrent_trials: w.
    """

    def __init__(self, max_concurrent_trials: int) -> None:
        self._concurrent, self._started = max_concurrent_trials, 0
        self._ended: set[int] = set()
        self._first_running = 0

    def seen(self) -> Sequence[int] | None:
        """As TrialOrder."""
        visible = max(0, self._started - self._concurrent + 1)
        return range(visible) if self._first_running >= visible else None

    def started(self, params: Values) -> None:  # noqa: ARG002
        """As TrialOrder."""
        self._started += 1

    def progressed(self, number: int, epochs: int) -> None:
        """Changes nothing here."""

    def ended(self, record: TrialRecord) -> None:
        """As TrialOrder."""
        self._ended.add(record.number)
        while self._first_running in self._ended:
            self._first_running += 1


class CostOrder:
    """Trials in the order in which w virtual workers would end them, were a trial's time its computed cost.

    The first w trials start at time 0, and each later one when one before it ends, the lower number first of two that
    end together. A trial takes as long as its epochs cost, so that starts and ends are functions of parameters and
    records. The next end is certain once no running trial can end before it: an epoch that it has begun counts in full.

    A trial without a result takes as long as the longest: how far it came is not in its record, and may have been
    reported before.

    Args:
        max_concurrent_trials: w.
        epoch_cost: of a trial's parameters, above 0.
        most_epochs: how many epochs a trial trains at most.
    """

    def __init__(self, max_concurrent_trials: int, epoch_cost: Callable[[Values], int], most_epochs: int) -> None:
        self._concurrent, self._epoch_cost, self._most_epochs = max_concurrent_trials, epoch_cost, most_epochs
        self._starts: list[int] = []  # of each trial so far
        self._costs: list[int] = []
        self._epochs: list[int] = []  # how many it trains at least; exactly, if it has ended
        self._ended: set[int] = set()
        self._running: set[int] = set()  # at the time of the last end in `_order`
        self._order: list[int] = []  # the trials whose end is certain to be among the first, in the order of ends

    def seen(self) -> Sequence[int] | None:
        """As TrialOrder."""
        visible = max(0, len(self._starts) - self._concurrent + 1)
        if len(self._order) < visible:
            _, first = min((self._end(number), number) for number in self._running)
            if first not in self._ended:
                return None
            self._running.remove(first)
            self._order.append(first)
        return sorted(self._order[:visible])

    def started(self, params: Values) -> None:
        """As TrialOrder."""
        number = len(self._starts)
        self._starts.append(self._end(self._order[-1]) if self._order else 0)
        self._costs.append(self._epoch_cost(params))
        self._epochs.append(1)
        self._running.add(number)

    def progressed(self, number: int, epochs: int) -> None:
        """As TrialOrder; a late report of a trial that has ended changes nothing."""
        if number not in self._ended:
            self._epochs[number] = max(self._epochs[number], epochs)

    def ended(self, record: TrialRecord) -> None:
        """As TrialOrder.

        Raises:
            ValueError: the trial trained fewer epochs than were reported, so that others may have started too early.
        """
        epochs = len(record.epochs) or self._most_epochs
        if epochs < self._epochs[record.number]:
            raise ValueError(f"trial {record.number} reported {self._epochs[record.number]} epochs but has {epochs}")
        self._epochs[record.number] = epochs
        self._ended.add(record.number)

    def _end(self, number: int) -> int:
        """The earliest time at which a trial can end; its end, if it has ended."""
        return self._starts[number] + self._costs[number] * self._epochs[number]
