"""A study's trials for DVCLive: every epoch of every trial, in number order.

Owns which numbers are logged. Does not know DVCLive (core/tracking does) and has no clock.
"""

from redsm5_hpo.core.tracking import StudyTracker
from redsm5_hpo.search.records import TrialRecord, best_trial, ranked


class DvcLiveCallback:
    """Logs trials one after another."""

    def __init__(self, tracker: StudyTracker) -> None:
        self._tracker = tracker
        self._best: TrialRecord | None = None

    def recorded(self, record: TrialRecord) -> None:
        """Log a trial's epochs, and the best value of the complete trials up to it."""
        if ranked([record]):
            self._best = best_trial([record] if self._best is None else [self._best, record])
        for epoch in record.epochs:
            self._tracker.log_epoch(
                {
                    "trial": record.number,
                    "train_loss": epoch.train_loss,
                    "loss": epoch.loss,
                    "f1_macro": epoch.f1_macro,
                    "accuracy": epoch.accuracy,
                    **({} if self._best is None or self._best.value is None else {"best_f1_macro": self._best.value}),
                }
            )
        self._tracker.end_trial()
