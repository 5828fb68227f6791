"""One trial, as a worker runs it: a request goes in, a record comes out.

Owns what becomes of a fit's end: complete, pruned, failed or infeasible. An error that is none of these is a mistake
in the program: it leaves the worker with its traceback and stops the study.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean

from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.params import PruningParams
from redsm5_hpo.search.pruning import MedianRule, WilcoxonRule
from redsm5_hpo.search.records import FoldRecord, TrialRecord, TrialRequest
from redsm5_hpo.seeding import child_seed
from redsm5_hpo.training.device import is_out_of_memory
from redsm5_hpo.training.failures import FitError
from redsm5_hpo.training.fit import fit
from redsm5_hpo.training.plan import FitPlan
from redsm5_hpo.training.records import FitRecord


def run_trial(plan: FitPlan, pruning: PruningParams | None, request: TrialRequest) -> TrialRecord:
    """Fit the request's configuration and say how it ended; `pruning` None never ends it early."""
    configuration = plan.training.defaults.with_values(request.configuration)
    rule = MedianRule(request.history, pruning)

    def run(record: TrialRecord) -> TrialRecord:
        return _finished(record, fit(plan, configuration, request.seed, rule).record)

    return outcome(request, run)


def run_folds(
    plan: FitPlan, folds: Sequence[Fold], pruning: PruningParams | None, request: TrialRequest
) -> TrialRecord:
    """Fit the request's configuration on each fold; the value is the mean over folds of their best epochs."""
    configuration = plan.training.defaults.with_values(request.configuration)
    rule = WilcoxonRule(request.history, pruning)

    def run(record: TrialRecord) -> TrialRecord:
        fitted: list[FitRecord] = []
        for number, fold in enumerate(folds):
            seed = child_seed(request.seed, "fold", number)
            on_fold = replace(plan, train=fold.train, val=fold.held_out)
            fitted.append(fit(on_fold, configuration, seed, lambda _: False).record)
            if number + 1 < len(folds) and rule([_best(each) for each in fitted]):
                return _over_folds(record, fitted, f"worse than the best trial on {number + 1} folds")
        return _over_folds(record, fitted, "")

    return outcome(request, run)


def outcome(request: TrialRequest, run: Callable[[TrialRecord], TrialRecord]) -> TrialRecord:
    """What `run` makes of the request's empty record, or the record of why there is nothing."""
    record = TrialRecord(request.number, "failed", request.configuration, request.seed)
    try:
        return run(record)
    except FitError as error:
        return replace(record, reason=str(error))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        # The error's own words tell sizes and addresses, which differ between runs.
        return replace(record, state="infeasible", reason="out of memory")


def _over_folds(record: TrialRecord, fitted: Sequence[FitRecord], pruned: str) -> TrialRecord:
    return replace(
        record,
        state="pruned" if pruned else "complete",
        epochs=tuple(epoch for each in fitted for epoch in each.epochs),
        value=fmean(_best(each) for each in fitted),
        best_epoch=round(fmean(each.best_epoch for each in fitted)),
        reason=pruned,
        folds=tuple(FoldRecord(_best(each), each.best_epoch) for each in fitted),
    )


def _best(fitted: FitRecord) -> float:
    return fitted.epochs[fitted.best_epoch - 1].f1_macro


def _finished(record: TrialRecord, fit_record: FitRecord) -> TrialRecord:
    count, best_epoch = len(fit_record.epochs), fit_record.best_epoch
    reasons = {
        "completed": "",
        "early": f"no better epoch after epoch {best_epoch}",
        "pruned": f"below the median after epoch {count}",
    }
    parts = fit_record.parts
    why = [reasons[fit_record.stopped], f"for want of memory in {parts} times as many parts" if parts > 1 else ""]
    return replace(
        record,
        state="pruned" if fit_record.stopped == "pruned" else "complete",
        epochs=fit_record.epochs,
        value=_best(fit_record),
        best_epoch=best_epoch,
        reason="; ".join(filter(None, why)),
    )
