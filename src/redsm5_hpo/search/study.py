"""The study: which trial may start when, and in which order results are handed on.

Owns the window rule. Trial n starts when the trials 0..n-window are finished, and is made from those and the
configurations of the trials between alone. Hence any worker count up to the window, any timing, any crash and resume
gives the same records.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from redsm5_hpo.search.crew import Crew, Objective
from redsm5_hpo.search.journal import Journal
from redsm5_hpo.search.proposals import Proposal
from redsm5_hpo.search.pruning import comparable_curves
from redsm5_hpo.search.records import TrialRecord, TrialRequest, Values
from redsm5_hpo.seeding import child_seed


@dataclass(frozen=True)
class Recipe:
    """What decides a study's proposals.

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
    recipe: Recipe,
    objective: Objective,
    open_executor: Callable[[], Executor],
    journal: Journal,
    listeners: Listeners,
) -> tuple[TrialRecord, ...]:
    """Run the trials that the journal does not have; returns all, in number order.

    An exception of the objective, or Ctrl-C, ends the workers at once and is raised; what finished is in the journal.
    """
    progress = _Progress(recipe, {record.number: record for record in journal.records})
    with Crew(objective, open_executor) as crew:
        while True:
            for record in progress.newly_recorded():
                listeners.recorded(record)
            if progress.complete:
                return progress.in_order()
            for request in progress.startable():
                crew.submit(request)
            for record in crew.collect():
                journal.append(record)
                progress.records[record.number] = record
                listeners.finished(record)


class _Progress:
    """How far a study is."""

    def __init__(self, recipe: Recipe, records: dict[int, TrialRecord]) -> None:
        self.records = records
        self._recipe = recipe
        self._configurations: list[Values] = []  # of all trials proposed so far
        self._recorded = 0  # trials 0..recorded-1 are finished and handed on

    @property
    def complete(self) -> bool:
        return self._recorded == self._recipe.trials

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
        for number in range(len(self._configurations), min(self._recipe.trials, self._recorded + self._recipe.window)):
            if number in self.records:
                self._configurations.append(self.records[number].configuration)
                continue
            requests.append(self._request(number))
            self._configurations.append(requests[-1].configuration)
        return requests

    def _request(self, number: int) -> TrialRequest:
        visible = max(0, number - self._recipe.window + 1)
        finished = [self.records[earlier] for earlier in range(visible)]
        return self._recipe.request(number, finished, self._configurations[visible:number])
