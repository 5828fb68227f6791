"""One trial, as a worker runs it: from a request to a record.

Owns how the end of a fit becomes a state: complete, pruned, failed or infeasible. Any other error is a bug in the
program: it leaves the worker with its traceback and stops the study.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean

from redsm5_hpo.core.seeding import child_seed
from redsm5_hpo.corpus.portions import Fold
from redsm5_hpo.search.begun_epochs import BegunEpochs
from redsm5_hpo.search.pruners import Pruner
from redsm5_hpo.search.records import FoldRecord, TrialRecord, TrialRequest, failed_trial
from redsm5_hpo.training.device import is_out_of_memory
from redsm5_hpo.training.fit import fit
from redsm5_hpo.training.fit_errors import FitError
from redsm5_hpo.training.fit_record import FitRecord
from redsm5_hpo.training.fit_spec import FitSpec


def run_trial(spec: FitSpec, pruner: Pruner, request: TrialRequest, begun: BegunEpochs) -> TrialRecord:
    """Fit the request's configuration on the spec's own train and val."""
    should_prune = begun.watched(pruner.against(request.history))

    def run(record: TrialRecord) -> TrialRecord:
        fitted = fit(spec, request.configuration, request.seed, should_prune).record
        return begun.checked(_finished(record, fitted, pruner.reason))

    return recorded(request, run)


def run_folds(
    spec: FitSpec, folds: Sequence[Fold], pruner: Pruner, request: TrialRequest, begun: BegunEpochs
) -> TrialRecord:
    """Fit the request's configuration on each fold; the value is the mean over folds of their best epochs."""
    should_prune = pruner.against(request.history)

    def run(record: TrialRecord) -> TrialRecord:
        fitted: list[FitRecord] = []
        for number, fold in enumerate(folds):
            seed = child_seed(request.seed, "fold", number)
            on_fold = replace(spec, train=fold.train, val=fold.held_out)
            before = sum(len(each.epochs) for each in fitted)
            begun.begin(before + 1)
            fitted.append(fit(on_fold, request.configuration, seed, begun.watched(lambda _: False, before)).record)
            if number + 1 < len(folds) and should_prune([_best(each) for each in fitted]):
                return begun.checked(_over_folds(record, fitted, f"{pruner.reason} on {number + 1} folds"))
        return begun.checked(_over_folds(record, fitted, ""))

    return recorded(request, run)


def recorded(request: TrialRequest, run: Callable[[TrialRecord], TrialRecord]) -> TrialRecord:
    """The record that `run` makes from an empty one, or the record of why there is no result."""
    record = failed_trial(request, "")
    try:
        return run(record)
    except FitError as error:
        return replace(record, reason=str(error))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        # The error's own text holds sizes and addresses, which differ between runs.
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


def _finished(record: TrialRecord, fit_record: FitRecord, pruned: str) -> TrialRecord:
    count, best_epoch = len(fit_record.epochs), fit_record.best_epoch
    reasons = {
        "completed": "",
        "early": f"no better epoch after epoch {best_epoch}",
        "pruned": f"{pruned} after epoch {count}",
    }
    micro_batches = fit_record.micro_batches
    split = f"memory was short: each batch in {micro_batches} times as many micro-batches" if micro_batches > 1 else ""
    return replace(
        record,
        state="pruned" if fit_record.stopped == "pruned" else "complete",
        epochs=fit_record.epochs,
        value=_best(fit_record),
        best_epoch=best_epoch,
        reason="; ".join(filter(None, [reasons[fit_record.stopped], split])),
    )
