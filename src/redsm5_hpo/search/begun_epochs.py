"""How many epochs a running trial has begun, as a worker reports it.

Owns when an epoch has begun: once the trial was neither pruned nor stopped early after the one before. An order of
trials relies on it, so a trial never has fewer epochs than it reported. Does not know who reads it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from redsm5_hpo.search.pruners import ShouldPrune
from redsm5_hpo.search.records import TrialRecord
from redsm5_hpo.training.fit import stops_early


class BegunEpochs:
    """The reports of one trial.

    Args:
        patience: of early stopping.
        report: called with the trial's number and its epochs; None where nobody waits for reports.
    """

    def __init__(self, number: int, patience: int, report: Callable[[int, int], None] | None) -> None:
        self._number, self._patience, self._report = number, patience, report
        self._begun = 0

    def begin(self, epoch: int) -> None:
        """Report that the trial has begun an epoch, counted from 1; once, though a fit may be repeated."""
        if self._report is not None and epoch > self._begun:
            self._begun = epoch
            self._report(self._number, epoch)

    def watched(self, should_stop: ShouldPrune, before: int = 0) -> ShouldPrune:
        """The `should_stop` of a fit that reports each epoch which it allows, after so many epochs of other fits."""

        def asked(curve: Sequence[float]) -> bool:
            if should_stop(curve):
                return True
            if not stops_early(curve, self._patience):
                self.begin(before + len(curve) + 1)
            return False

        return asked

    def checked(self, record: TrialRecord) -> TrialRecord:
        """The record, or a failed one if it has fewer epochs than were reported.

        That is so where memory ran out in the last of them, and the repeated fit, rounded otherwise, ended earlier.
        """
        if not record.epochs or len(record.epochs) >= self._begun:
            return record
        ended = f"in smaller micro-batches the trial ended after epoch {len(record.epochs)}"
        reason = f"memory ran out in epoch {self._begun}; {ended}"
        return replace(record, state="failed", epochs=(), value=None, best_epoch=None, folds=(), reason=reason)
