"""The study: which trial may start when, and in which order results are handed on.

Owns the window rule. Trial n starts when the trials 0..n-window are finished, and is made from those and the
configurations of the trials between alone. Hence any worker count up to the window, any timing, any crash and resume
gives the same records.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from redsm5_hpo.search.crew import Crew, Objective
from redsm5_hpo.search.journal import Journal
from redsm5_hpo.search.proposals import Proposal
from redsm5_hpo.search.pruning import comparable_curves
from redsm5_hpo.search.records import TrialRecord, TrialRequest, Values
from redsm5_hpo.seeding import child_seed


class Schedule(Protocol):
    """Which trials there are, and what each of them is given."""

    @property
    def trials(self) -> int:
        """How many there are."""
        ...

    @property
    def window(self) -> int:
        """How many may be in flight at once."""
        ...

    def request(self, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> TrialRequest:
        """Trial `number`, given the trials 0..number-window and the configurations of those between."""
        ...


@dataclass(frozen=True)
class Recipe:
    """A search: what decides a study's proposals.

    Attributes:
        seed: all other seeds of the study are derived from it.
        trials: how many there are.
        window: how many may be in flight at once.
        proposal: how configurations are chosen.
    """

    seed: int
    trials: int
    window: int
    proposal: Proposal

    def request(self, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> TrialRequest:
        """Trial `number`, given the trials 0..number-window and the configurations of those between."""
        return TrialRequest(
            number,
            self.proposal.propose(self.seed, number, finished, running),
            child_seed(self.seed, "trial", number),
            comparable_curves(finished),
        )


@dataclass(frozen=True)
class Listeners:
    """Who hears of results.

    Attributes:
        finished: called with each trial when it finishes, in any order; not with those of the journal.
        recorded: called with every trial in number order, those of the journal included.
    """

    finished: Callable[[TrialRecord], None]
    recorded: Callable[[TrialRecord], None]


def run_study(
    schedule: Schedule,
    objective: Objective,
    open_executor: Callable[[], Executor],
    journal: Journal,
    listeners: Listeners,
    out_of_time: Callable[[], bool] = lambda: False,
) -> tuple[TrialRecord, ...]:
    """Run the trials that the journal does not have; returns all, in number order.

    Once `out_of_time`, no trial starts any more; those up to the first that is missing are returned.
    An exception of the objective, or Ctrl-C, ends the workers at once and is raised; what finished is in the journal.
    """
    known = {record.number: record for record in journal.records if record.number < schedule.trials}
    progress = _Progress(schedule, known)
    with Crew(objective, open_executor) as crew:
        while True:
            for record in progress.newly_recorded():
                listeners.recorded(record)
            if progress.complete:
                return progress.in_order()
            if not out_of_time():
                for request in progress.startable():
                    crew.submit(request)
            elif crew.idle:
                return progress.in_order()
            for record in crew.collect():
                journal.append(record)
                progress.records[record.number] = record
                listeners.finished(record)


class _Progress:
    """How far a study is."""

    def __init__(self, schedule: Schedule, records: dict[int, TrialRecord]) -> None:
        self.records = records
        self._schedule = schedule
        self._configurations: list[Values] = []  # of all trials proposed so far
        self._recorded = 0  # trials 0..recorded-1 are finished and handed on

    @property
    def complete(self) -> bool:
        return self._recorded == self._schedule.trials

    def in_order(self) -> tuple[TrialRecord, ...]:
        return tuple(self.records[number] for number in range(self._recorded))

    def newly_recorded(self) -> list[TrialRecord]:
        """The trials that can now be handed on in number order."""
        start = self._recorded
        while self._recorded in self.records:
            self._recorded += 1
        return [self.records[number] for number in range(start, self._recorded)]

    def startable(self) -> list[TrialRequest]:
        """Requests for the trials that may start now."""
        requests = []
        for number in range(
            len(self._configurations), min(self._schedule.trials, self._recorded + self._schedule.window)
        ):
            if number in self.records:
                self._configurations.append(self.records[number].configuration)
                continue
            requests.append(self._request(number))
            self._configurations.append(requests[-1].configuration)
        return requests

    def _request(self, number: int) -> TrialRequest:
        visible = max(0, number - self._schedule.window + 1)
        finished = [self.records[earlier] for earlier in range(visible)]
        return self._schedule.request(number, finished, self._configurations[visible:number])
