"""The objective of a study as its driver holds it.

Owns the value that travels to workers. It imports what a trial needs where it runs: a driver that imports no torch is
ready while the workers' server still imports.
"""

from dataclasses import dataclass

from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.params import PruningParams
from redsm5_hpo.search.records import TrialRecord, TrialRequest
from redsm5_hpo.training.plan import FitPlan


@dataclass(frozen=True)
class TrialRunner:
    """Runs the trials of one study.

    Attributes:
        plan: what all fits of the study share.
        pruning: when a trial is ended early; None for never.
        folds: what each trial is fitted on in turn; empty for the plan's own train and val.
    """

    plan: FitPlan
    pruning: PruningParams | None
    folds: tuple[Fold, ...] = ()

    def __call__(self, request: TrialRequest) -> TrialRecord:
        """Fit the request's configuration and say how it ended."""
        from redsm5_hpo.search.trial import run_folds, run_trial

        if self.folds:
            return run_folds(self.plan, self.folds, self.pruning, request)
        return run_trial(self.plan, self.pruning, request)
