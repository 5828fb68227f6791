"""The study: makes trials as its order allows, and reports results.

Owns what a trial is made from: the results of the trials that its order lets it see, and the configurations, not the
results, of all others before it. Hence any worker count, any timing, any crash and resume gives the same records. Which
trials a trial sees, and when it may start, is the order's.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from redsm5_hpo.core.seeding import child_seed
from redsm5_hpo.execution.epoch_reports import EpochReports
from redsm5_hpo.execution.resilient_executor import ResilientExecutor
from redsm5_hpo.params import Configuration
from redsm5_hpo.search.order import NumberOrder, TrialOrder
from redsm5_hpo.search.pruners import comparable_curves
from redsm5_hpo.search.records import TrialRecord, TrialRequest, Values, failed_trial
from redsm5_hpo.search.samplers import Sampler
from redsm5_hpo.search.storage.journal import Journal

Objective = Callable[[TrialRequest], TrialRecord]


class Study(Protocol):
    """Which trials there are, and what each of them is given."""

    @property
    def trials(self) -> int:
        """How many there are."""

    @property
    def max_concurrent_trials(self) -> int:
        """How many may run at once."""

    def ask(self, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> TrialRequest:
        """Trial `number`, given the trials that it sees and the parameters of all others before it, by number."""


@dataclass(frozen=True)
class SampledStudy:
    """A study whose parameters a sampler chooses.

    Attributes:
        seed: all other seeds of the study are derived from it.
        defaults: the configuration that a trial's parameters complete.
    """

    seed: int
    trials: int
    max_concurrent_trials: int
    sampler: Sampler
    defaults: Configuration

    def ask(self, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> TrialRequest:
        """Trial `number`, given the trials that it sees and the parameters of all others before it, by number."""
        params = self.sampler.sample(self.seed, number, finished, running)
        seed = child_seed(self.seed, "trial", number)
        return TrialRequest(number, params, self.defaults.with_values(params), seed, comparable_curves(finished))


@dataclass(frozen=True)
class Callbacks:
    """What is called with results.

    Attributes:
        finished: called with each trial when it finishes, in any order; not with those of the journal.
        recorded: called with every trial in number order, those of the journal included.
        started: called with the number of each trial that is given to the workers.
    """

    finished: Callable[[TrialRecord], None]
    recorded: Callable[[TrialRecord], None]
    started: Callable[[int], None] = lambda _: None


def optimize(
    study: Study,
    objective: Objective,
    open_executor: Callable[[], Executor],
    journal: Journal,
    callbacks: Callbacks,
    timed_out: Callable[[], bool] = lambda: False,
    order: TrialOrder | None = None,
    reports: EpochReports | None = None,
) -> tuple[TrialRecord, ...]:
    """Run the trials that the journal does not have; returns all, in number order.

    Once `timed_out`, no trial starts any more; the trials up to the first that is missing are returned. An exception of
    the objective, or Ctrl-C, ends the workers at once and is raised; what finished is in the journal.

    Args:
        order: in which no trial has started yet; None for the order by number.
        reports: of the epochs that running trials have begun, if the objective sends any.
    """
    reports = reports or EpochReports()
    progress = _Progress(study, order or NumberOrder(study.max_concurrent_trials), journal)
    with ResilientExecutor(objective, failed_trial, open_executor) as executor:
        while True:
            for record in progress.newly_recorded():
                callbacks.recorded(record)
            if progress.complete:
                return progress.in_order()
            progress.hear(reports)
            if not timed_out():
                for request in progress.startable():
                    executor.submit(request)
                    callbacks.started(request.number)
            elif executor.idle:
                return progress.in_order()
            for record in executor.collect(reports.news):
                journal.append(record)
                progress.finish(record)
                callbacks.finished(record)


class _Progress:
    """How far a study is."""

    def __init__(self, study: Study, order: TrialOrder, journal: Journal) -> None:
        self._study, self._order = study, order
        self._records = {record.number: record for record in journal.records if record.number < study.trials}
        self._params: list[Values] = []  # of all trials started so far
        self._recorded = 0  # trials 0..recorded-1 are finished and reported

    @property
    def complete(self) -> bool:
        return self._recorded == self._study.trials

    def in_order(self) -> tuple[TrialRecord, ...]:
        return tuple(self._records[number] for number in range(self._recorded))

    def newly_recorded(self) -> list[TrialRecord]:
        """The trials that can now be reported in number order."""
        start = self._recorded
        while self._recorded in self._records:
            self._recorded += 1
        return [self._records[number] for number in range(start, self._recorded)]

    def hear(self, reports: EpochReports) -> None:
        """Take the reports that have come."""
        for number, epochs in reports.take():
            self._order.progressed(number, epochs)

    def finish(self, record: TrialRecord) -> None:
        """Add the record of a trial that was started."""
        self._records[record.number] = record
        self._order.ended(record)

    def startable(self) -> list[TrialRequest]:
        """Requests for the trials that may start now; those of the journal start and end at once."""
        requests = []
        while len(self._params) < self._study.trials and (seen := self._order.seen()) is not None:
            record = self._records.get(len(self._params))
            if record is None:
                requests.append(self._ask(seen))
            self._params.append(requests[-1].params if record is None else record.params)
            self._order.started(self._params[-1])
            if record is not None:
                self._order.ended(record)
        return requests

    def _ask(self, seen: Sequence[int]) -> TrialRequest:
        number, visible = len(self._params), set(seen)
        running = [self._params[other] for other in range(number) if other not in visible]
        return self._study.ask(number, [self._records[other] for other in seen], running)
