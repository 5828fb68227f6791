"""The study: which trial may start when, and in which order results are reported.

Owns the rule of max_concurrent_trials, w. Trial n starts when the trials 0..n-w are finished. It is made from these and
from the configurations, not the results, of the trials between. Hence any worker count up to w, any timing, any crash
and resume gives the same records.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from redsm5_hpo.core.seeding import child_seed
from redsm5_hpo.execution.resilient_executor import ResilientExecutor
from redsm5_hpo.params import Configuration
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
        """Trial `number`, given the trials 0..number-w and the parameters of the trials between."""


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
        """Trial `number`, given the trials 0..number-w and the parameters of the trials between."""
        params = self.sampler.sample(self.seed, number, finished, running)
        seed = child_seed(self.seed, "trial", number)
        return TrialRequest(number, params, self.defaults.with_values(params), seed, comparable_curves(finished))


@dataclass(frozen=True)
class Callbacks:
    """What is called with results.

    Attributes:
        finished: called with each trial when it finishes, in any order; not with those of the journal.
        recorded: called with every trial in number order, those of the journal included.
    """

    finished: Callable[[TrialRecord], None]
    recorded: Callable[[TrialRecord], None]


def optimize(
    study: Study,
    objective: Objective,
    open_executor: Callable[[], Executor],
    journal: Journal,
    callbacks: Callbacks,
    timed_out: Callable[[], bool] = lambda: False,
) -> tuple[TrialRecord, ...]:
    """Run the trials that the journal does not have; returns all, in number order.

    Once `timed_out`, no trial starts any more; the trials up to the first that is missing are returned. An exception of
    the objective, or Ctrl-C, ends the workers at once and is raised; what finished is in the journal.
    """
    known = {record.number: record for record in journal.records if record.number < study.trials}
    progress = _Progress(study, known)
    with ResilientExecutor(objective, failed_trial, open_executor) as executor:
        while True:
            for record in progress.newly_recorded():
                callbacks.recorded(record)
            if progress.complete:
                return progress.in_order()
            if not timed_out():
                for request in progress.startable():
                    executor.submit(request)
            elif executor.idle:
                return progress.in_order()
            for record in executor.collect():
                journal.append(record)
                progress.records[record.number] = record
                callbacks.finished(record)


class _Progress:
    """How far a study is."""

    def __init__(self, study: Study, records: dict[int, TrialRecord]) -> None:
        self.records = records
        self._study = study
        self._params: list[Values] = []  # of all trials asked for so far
        self._recorded = 0  # trials 0..recorded-1 are finished and reported

    @property
    def complete(self) -> bool:
        return self._recorded == self._study.trials

    def in_order(self) -> tuple[TrialRecord, ...]:
        return tuple(self.records[number] for number in range(self._recorded))

    def newly_recorded(self) -> list[TrialRecord]:
        """The trials that can now be reported in number order."""
        start = self._recorded
        while self._recorded in self.records:
            self._recorded += 1
        return [self.records[number] for number in range(start, self._recorded)]

    def startable(self) -> list[TrialRequest]:
        """Requests for the trials that may start now."""
        requests = []
        end = min(self._study.trials, self._recorded + self._study.max_concurrent_trials)
        for number in range(len(self._params), end):
            if number in self.records:
                self._params.append(self.records[number].params)
                continue
            requests.append(self._ask(number))
            self._params.append(requests[-1].params)
        return requests

    def _ask(self, number: int) -> TrialRequest:
        visible = max(0, number - self._study.max_concurrent_trials + 1)
        finished = [self.records[earlier] for earlier in range(visible)]
        return self._study.ask(number, finished, self._params[visible:number])
