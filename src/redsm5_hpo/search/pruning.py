"""When a trial is ended for doing worse than those before it.

Owns the rules: Optuna's median rule, asked after each epoch, and its Wilcoxon rule, asked after each fold. Needs no
storage: the curves to compare with are given.
"""

import warnings
from collections.abc import Sequence
from statistics import fmean

from optuna.exceptions import ExperimentalWarning
from optuna.pruners import MedianPruner, WilcoxonPruner
from optuna.trial import TrialState

from redsm5_hpo.params import PruningParams
from redsm5_hpo.search.optuna_trials import new_study, observed_trial
from redsm5_hpo.search.records import Curve, TrialRecord


def comparable_curves(finished: Sequence[TrialRecord]) -> tuple[Curve, ...]:
    """The curves that count: those of complete trials.

    A pruned trial's few epochs are no yardstick; Optuna leaves them out as well.
    """
    return tuple(record.curve for record in finished if record.state == "complete")


class MedianRule:
    """Whether a trial is pruned: its best epoch so far is below the median of the others at the same epoch.

    Args:
        history: the curves to compare with.
        params: how many curves there must be and how many epochs a trial has in any case; None never prunes.
    """

    def __init__(self, history: Sequence[Curve], params: PruningParams | None) -> None:
        self._study = new_study()
        self._study.add_trials(observed_trial(curve, TrialState.COMPLETE, max(curve)) for curve in history)
        self._pruner = None if params is None else MedianPruner(params.startup_trials, params.warmup_epochs)

    def __call__(self, curve: Sequence[float]) -> bool:
        """Asked after each epoch with the f1_macro of all epochs so far."""
        if self._pruner is None:
            return False
        # Optuna answers with numpy's own kind of bool.
        return bool(self._pruner.prune(self._study, observed_trial(tuple(curve), TrialState.RUNNING)))


class WilcoxonRule:
    """Whether a trial is pruned: fold by fold it is worse than the best trial, by a signed-rank test.

    Args:
        history: the folds' values of complete trials.
        params: the p value below which a trial is pruned; None never prunes.
    """

    def __init__(self, history: Sequence[Curve], params: PruningParams | None) -> None:
        self._study = new_study()
        self._study.add_trials(observed_trial(curve, TrialState.COMPLETE, fmean(curve)) for curve in history)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # its version is pinned
            self._pruner = None if params is None else WilcoxonPruner(p_threshold=params.fold_p)

    def __call__(self, values: Sequence[float]) -> bool:
        """Asked after each fold with the values of all folds so far."""
        if self._pruner is None:
            return False
        return bool(self._pruner.prune(self._study, observed_trial(tuple(values), TrialState.RUNNING)))
