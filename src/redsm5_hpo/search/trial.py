"""One trial, as a worker runs it: a request goes in, a record comes out.

Owns what becomes of a fit's end: complete, pruned, failed or infeasible. An error that is none of these is a mistake
in the program: it leaves the worker with its traceback and stops the study.
"""

from dataclasses import dataclass, replace

from redsm5_hpo.params import PruningParams
from redsm5_hpo.search.pruning import MedianRule
from redsm5_hpo.search.records import TrialRecord, TrialRequest
from redsm5_hpo.training.device import is_out_of_memory
from redsm5_hpo.training.fit import DivergedError, fit
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.records import FitRecord


@dataclass(frozen=True)
class TrialRunner:
    """Runs the trials of one study; a value, so that it travels to workers.

    Attributes:
        plan: what all fits of the study share.
        pruning: when a trial is ended early; None for never.
    """

    plan: FitPlan
    pruning: PruningParams | None

    def __call__(self, request: TrialRequest) -> TrialRecord:
        """Fit the request's configuration and say how it ended."""
        record = TrialRecord(request.number, "failed", request.configuration, request.seed)
        configuration = self.plan.training.defaults.with_values(request.configuration)
        try:
            fitted = fit(self.plan, configuration, request.seed, MedianRule(request.history, self.pruning))
        except DivergedError as error:
            return replace(record, reason=str(error))
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            # The error's own words tell sizes and addresses, which differ between runs.
            return replace(record, state="infeasible", reason="out of memory")
        return _finished(record, fitted.record)


def _finished(record: TrialRecord, fit_record: FitRecord) -> TrialRecord:
    count, best_epoch = len(fit_record.epochs), fit_record.best_epoch
    reasons = {
        "completed": "",
        "early": f"no better epoch after epoch {best_epoch}",
        "pruned": f"below the median after epoch {count}",
    }
    return replace(
        record,
        state="pruned" if fit_record.stopped == "pruned" else "complete",
        epochs=fit_record.epochs,
        value=fit_record.epochs[best_epoch - 1].f1_macro,
        best_epoch=best_epoch,
        reason=reasons[fit_record.stopped],
    )
