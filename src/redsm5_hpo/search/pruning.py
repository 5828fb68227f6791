"""When a trial is ended for doing worse than those before it.

Owns the rule: Optuna's median rule, asked after each epoch. Needs no storage: the curves to compare with are given.
"""

from collections.abc import Sequence

from optuna.pruners import MedianPruner
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
