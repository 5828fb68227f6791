"""Which parameters a trial gets: the contract that makes a study repeatable, and its two samplers.

A sampler is a function of the study's seed, the trial's number, the finished trials that it may see and the parameters
of those still running. It depends on nothing else: neither time nor worker nor an earlier call. Does not run trials.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from optuna.exceptions import ExperimentalWarning
from optuna.samplers import TPESampler

from redsm5_hpo.core.seeding import child_seed
from redsm5_hpo.params import Space
from redsm5_hpo.search.optuna_adapter import distributions, drawn, finished_trial, new_study, running_trial
from redsm5_hpo.search.records import TrialRecord, Values
from redsm5_hpo.search.space import from_unit_cube, outside


class Sampler(Protocol):
    """How a study chooses parameters."""

    def sample(self, seed: int, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> Values:
        """The parameters of trial `number`; the same arguments give the same result in any process."""


@dataclass(frozen=True)
class SobolSampler:
    """A scrambled Sobol sequence over the space, after some parameters that come first.

    Each dimension has a coordinate, also where its condition is not met.

    Attributes:
        space: where points are drawn.
        first: parameters of trials 0, 1, ...; kept as they are, also outside the space.
    """

    space: Space
    first: tuple[Values, ...] = ()

    def sample(
        self,
        seed: int,
        number: int,
        finished: Sequence[TrialRecord] = (),  # noqa: ARG002
        running: Sequence[Values] = (),  # noqa: ARG002
    ) -> Values:
        """A function of seed and number alone."""
        if number < len(self.first):
            return dict(self.first[number])
        from scipy.stats import qmc  # as slow to import as the rest of a driver, and one stage alone draws points

        sequence = qmc.Sobol(len(self.space), scramble=True, rng=child_seed(seed, "space-filling"))
        if number:  # SciPy cannot skip no points
            sequence.fast_forward(number)
        return from_unit_cube(self.space, sequence.random(1)[0].tolist())


@dataclass(frozen=True)
class TpeSampler:
    """Optuna's tree-structured Parzen estimator: multivariate, running trials counted as bad ones (constant liar).

    In a conditional space, dimensions that exist together are modeled together (Optuna's groups).

    Trials outside the space (a default that came first) are not shown to it: it cannot model them.

    Attributes:
        start: samples until enough trials are measured; its space is the one searched.
        startup: how many measured trials (complete or pruned) that takes, at least 1.
    """

    start: SobolSampler
    startup: int

    def sample(self, seed: int, number: int, finished: Sequence[TrialRecord], running: Sequence[Values]) -> Values:
        """Makes a study of exactly these trials, asks it once and forgets it."""
        space = self.start.space
        shown = [record for record in finished if not outside(space, record.params)]
        measured = sum(record.state in ("complete", "pruned") for record in shown)
        if number < len(self.start.first) or measured < self.startup:
            return self.start.sample(seed, number)
        study = new_study()
        study.sampler = _sampler(space, child_seed(seed, "propose", number))
        drawn_from = distributions(space)
        study.add_trials(finished_trial(record, drawn_from) for record in shown)
        study.add_trials(running_trial(values, drawn_from) for values in running if not outside(space, values))
        return drawn(study.ask(), space)


def _sampler(space: Space, seed: int) -> TPESampler:
    conditional = any(dimension.when for dimension in space.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # of groups, which conditional spaces need
        return TPESampler(n_startup_trials=1, seed=seed, group=conditional)
