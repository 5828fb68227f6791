"""The objective of a search as its driver holds it.

Owns the value that is sent to workers. It imports what a trial needs where it runs: a driver that imports no torch is
ready while the workers' server still imports.
"""

from collections.abc import Callable
from dataclasses import dataclass

from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.search.pruners import Pruner
from redsm5_hpo.search.records import TrialRecord, TrialRequest
from redsm5_hpo.training.fit_spec import FitSpec


@dataclass(frozen=True)
class TrialObjective:
    """Runs the trials of one search.

    Attributes:
        spec: what all fits of the search have in common.
        pruner: when a trial is ended early.
        folds: what each trial is fitted on in turn; empty for the spec's own train and val.
        report: called in the worker with a trial's number and how many epochs it has begun; a value that is sent to
            workers, or None where nobody waits for reports.
    """

    spec: FitSpec
    pruner: Pruner
    folds: tuple[Fold, ...] = ()
    report: Callable[[int, int], None] | None = None

    def __call__(self, request: TrialRequest) -> TrialRecord:
        """Fit the request's configuration and return how it ended."""
        from redsm5_hpo.search.begun_epochs import BegunEpochs
        from redsm5_hpo.search.trial import run_folds, run_trial

        begun = BegunEpochs(request.number, self.spec.training.early_stopping_patience, self.report)
        if self.folds:
            return run_folds(self.spec, self.folds, self.pruner, request, begun)
        return run_trial(self.spec, self.pruner, request, begun)
