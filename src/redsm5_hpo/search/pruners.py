"""When a trial is pruned: ended for doing worse than the trials before it.

Owns the pruners: Optuna's MedianPruner, which is asked after each epoch, and its WilcoxonPruner, which is asked after
each fold. They need no storage: they are given the curves to compare with. A pruner is added here, with its settings in
params/sections.py, and chosen in searches.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar, Protocol

from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner, MedianPruner, WilcoxonPruner
from optuna.trial import TrialState

from redsm5_hpo.search.optuna_adapter import new_study, observed_trial
from redsm5_hpo.search.records import Curve, TrialRecord

ShouldPrune = Callable[[Sequence[float]], bool]  # given a trial's curve so far


class Pruner(Protocol):
    """How a study prunes; a value, so that it is sent to workers.

    Attributes:
        reason: why a trial is pruned, for its record.
    """

    reason: ClassVar[str]

    def against(self, history: Sequence[Curve]) -> ShouldPrune:
        """Whether a trial is to be pruned, given the curves of complete trials."""

    def messages(self, folds: int) -> list[str]:
        """What to tell a user of a study with so many folds."""


@dataclass(frozen=True)
class NoPruner:
    """Every trial goes to its end."""

    reason: ClassVar[str] = ""

    def against(self, history: Sequence[Curve]) -> ShouldPrune:  # noqa: ARG002
        """Never."""
        return lambda _: False

    def messages(self, folds: int) -> list[str]:  # noqa: ARG002
        """Nothing."""
        return []


@dataclass(frozen=True)
class MedianEpochPruner:
    """Prunes a trial whose best epoch so far is below the median of the other trials at the same epoch.

    Attributes:
        startup_trials: how many complete trials there must be.
        warmup_epochs: how many epochs a trial has in any case.
    """

    reason: ClassVar[str] = "below the median"
    startup_trials: int
    warmup_epochs: int

    def against(self, history: Sequence[Curve]) -> ShouldPrune:
        """Asked after each epoch, with the f1_macro of all epochs so far."""
        return _asking(MedianPruner(self.startup_trials, self.warmup_epochs), history, max)

    def messages(self, folds: int) -> list[str]:  # noqa: ARG002
        """Nothing."""
        return []


@dataclass(frozen=True)
class WilcoxonFoldPruner:
    """Prunes a trial that is worse than the best trial fold by fold, by a signed-rank test.

    Attributes:
        p_threshold: the p value below which a trial is pruned.
    """

    reason: ClassVar[str] = "worse than the best trial"
    p_threshold: float

    def against(self, history: Sequence[Curve]) -> ShouldPrune:
        """Asked after each fold, with the values of all folds so far."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # its version is pinned
            pruner = WilcoxonPruner(p_threshold=self.p_threshold)
        return _asking(pruner, history, fmean)

    def messages(self, folds: int) -> list[str]:
        """What to tell a user of so few folds that no trial is pruned, however bad: all but the last are compared.

        A trial that is worse on each of n folds has a p value of 1 / 2**n, and Optuna compares at least two.
        """
        if folds > 2 and self.p_threshold > 0.5 ** (folds - 1):
            return []
        compared = "1 fold tells" if folds == 2 else f"{folds - 1} folds tell"
        return [f"no trial is pruned: {compared} too little for hpo.pruning.p_threshold {self.p_threshold:g}"]


def comparable_curves(finished: Sequence[TrialRecord]) -> tuple[Curve, ...]:
    """The curves that count: those of complete trials.

    The few epochs of a pruned trial are no yardstick; Optuna leaves them out as well.
    """
    return tuple(record.curve for record in finished if record.state == "complete")


def _asking(pruner: BasePruner, history: Sequence[Curve], value: Callable[[Curve], float]) -> ShouldPrune:
    study = new_study()
    study.add_trials(observed_trial(curve, TrialState.COMPLETE, value(curve)) for curve in history)
    # Optuna answers with numpy's own kind of bool.
    return lambda curve: bool(pruner.prune(study, observed_trial(tuple(curve), TrialState.RUNNING)))
